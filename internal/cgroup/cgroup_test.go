package cgroup

import (
	"os"
	"testing"
	"testing/fstest"
)

func TestMemoryLimit(t *testing.T) {
	const v1 = "12:pids:/x\n4:cpu,memory:/docker/abc\n0::/system\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  int64 // 0: none
	}{
		"no Linux":      {nil, 0},
		"v2, container": {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "536870912\n"}, 512 << 20},
		"v2, no limit":  {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, 0},
		"v2, no file":   {map[string]string{"proc/self/cgroup": "0::/\n"}, 0},
		"v2, the parent's is less": {map[string]string{"proc/self/cgroup": "0::/a.slice/b.service\n",
			"sys/fs/cgroup/a.slice/b.service/memory.max": "2000\n", "sys/fs/cgroup/a.slice/memory.max": "1000\n", "sys/fs/cgroup/memory.max": "max\n"}, 1000},
		"v2, its own is less": {map[string]string{"proc/self/cgroup": "0::/a.slice/b.service\n",
			"sys/fs/cgroup/a.slice/b.service/memory.max": "500\n", "sys/fs/cgroup/a.slice/memory.max": "1000\n"}, 500},
		"v2, a path of the host":               {map[string]string{"proc/self/cgroup": "0::/../../host/abc\n", "sys/fs/cgroup/memory.max": "1000\n"}, 1000},
		"v1":                                   {map[string]string{"proc/self/cgroup": v1, "sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "1000\n"}, 1000},
		"v1, the group is mounted as the root": {map[string]string{"proc/self/cgroup": v1, "sys/fs/cgroup/memory/memory.limit_in_bytes": "1000\n"}, 1000},
		"v1, no limit":                         {map[string]string{"proc/self/cgroup": v1, "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 0},
		"both versions": {map[string]string{"proc/self/cgroup": v1, "sys/fs/cgroup/memory/memory.limit_in_bytes": "2000\n",
			"sys/fs/cgroup/system/memory.max": "1000\n"}, 1000},
		"another controller": {map[string]string{"proc/self/cgroup": "3:memoryless:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "1000\n"}, 0},
		"damaged":            {map[string]string{"proc/self/cgroup": "0::/\n4:memory\nnonsense\n", "sys/fs/cgroup/memory.max": "-5\n"}, 0},
	} {
		root := fstest.MapFS{}
		for file, text := range c.files {
			root[file] = &fstest.MapFile{Data: []byte(text)}
		}
		got, ok := MemoryLimit(root)
		if got != c.want || ok != (c.want != 0) {
			t.Errorf("%s: %d, %v; want %d", name, got, ok, c.want)
		}
	}
}

// On the machine of the tests the answer is what its kernel can say.
func TestHere(t *testing.T) {
	if n, ok := MemoryLimit(os.DirFS("/")); ok && n < 1<<20 {
		t.Errorf("%d bytes", n)
	}
}
