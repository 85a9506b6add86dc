"""Times an exported network under ONNX Runtime, on one thread, and compares its golden output.

    python3 -m pip install onnx onnxruntime
    python3 training/onnxtime.py internal/vision/model/weights/digits.json 200

ONNX Runtime is only for comparison: kahao does not need it. The graph is built from
the operation list and half-precision weights that the Go engine runs."""
import json
import sys
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def build(d, weights):
    """The operation list as an ONNX graph over NCHW tensors b0, b1, ..."""
    nodes, inits = [], []

    def const(name, array):
        inits.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    for i, op in enumerate(d['ops']):
        out = f'b{i + 1}'
        if op['op'] == 'up2add':
            scales = const(f's{i}', np.float32([1, 1, 2, 2]))
            nodes += [helper.make_node('Resize', [f"b{op['in']}", '', scales], [f'u{i}'], mode='nearest',
                                       coordinate_transformation_mode='asymmetric', nearest_mode='floor'),
                      helper.make_node('Add', [f'u{i}', f"b{op['add']}"], [out])]
            continue
        shape = (op['cout'], op['cin'], *op['kernel'])
        w = const(f'w{i}', weights[op['w']:op['w'] + int(np.prod(shape))].reshape(shape))
        b = const(f'c{i}', weights[op['b']:op['b'] + op['cout']])
        at = out if op['add'] < 0 and not op['relu'] else f'y{i}'
        nodes.append(helper.make_node('Conv', [f"b{op['in']}", w, b], [at], kernel_shape=op['kernel'],
                                      strides=op['stride'], pads=op['pad'] * 2, dilations=op['dilation']))
        if op['add'] >= 0:
            then = f'z{i}' if op['relu'] else out
            nodes.append(helper.make_node('Add', [at, f"b{op['add']}"], [then]))
            at = then
        if op['relu']:
            nodes.append(helper.make_node('Relu', [at], [out]))
    n = d['input']
    graph = helper.make_graph(nodes, d['name'],
                              [helper.make_tensor_value_info('b0', TensorProto.FLOAT, [1, n['c'], n['h'], n['w']])],
                              [helper.make_tensor_value_info(f"b{d['output']}", TensorProto.FLOAT, None)], inits)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)], ir_version=9)


def main():
    path, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100
    d = json.load(open(path))
    base = path[:-len('.json')]
    weights = np.fromfile(base + '.f16', '<f2').astype(np.float32)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    start = time.time()
    session = onnxruntime.InferenceSession(build(d, weights).SerializeToString(), options,
                                           providers=['CPUExecutionProvider'])
    n = d['input']
    golden = np.fromfile(base + '.golden', '<f4')
    size = n['h'] * n['w'] * n['c']
    x = np.ascontiguousarray(golden[:size].reshape(1, n['h'], n['w'], n['c']).transpose(0, 3, 1, 2))
    y = session.run(None, {'b0': x})[0].transpose(0, 2, 3, 1).ravel()
    first = time.time() - start
    times = []
    for _ in range(rounds):
        t = time.perf_counter()
        session.run(None, {'b0': x})
        times.append((time.perf_counter() - t) * 1e3)
    times.sort()
    want = golden[size:]
    print(f"{d['name']}: onnxruntime {onnxruntime.__version__}, ms: min {times[0]:.3f}, median {times[len(times) // 2]:.3f}, "
          f"to the first result {first * 1e3:.0f}; error {np.abs(y - want).max() / np.abs(want).max():.1e}")


if __name__ == '__main__':
    main()
