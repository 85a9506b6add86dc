#!/usr/bin/env python3
"""Writes image files of every kind that kahao reads, and what Pillow decodes them to.

    reference.py DIR [FILE...]
    KAHAO_REFERENCE=DIR go test -run TestReference ./internal/vision/imagein

FILEs are added to those that it makes. It needs the packages of requirements.txt. Each file has a PNG of the same name next to it, upright,
in sRGB, on white. TestReference compares.
"""
import io
import os
import struct
import sys
import zlib

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, ImageFilter, ImageOps

W, H = 450, 282


def scene(w=W, h=H):
    """An image with gradients, edges and small detail."""
    y, x = np.mgrid[0:h, 0:w].astype(float)
    rgb = np.stack([x / w * 255, y / h * 255, 128 + 100 * np.sin(x / 7) * np.cos(y / 5)], -1)
    rgb[h // 4:h // 2, w // 5:w // 2] = (230, 40, 30)
    rgb[h // 2:h // 2 + 9, ::6] = 20
    return Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8), 'RGB')


def upright(image):
    """What a viewer shows: the orientation applied, converted to sRGB, on white."""
    profile = image.info.get('icc_profile')
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith('I;16') or image.mode == 'I':
        image = Image.fromarray((np.asarray(image).astype(float) / 257 + 0.5).astype(np.uint8), 'L')
    if image.mode in ('P', 'PA', 'LA') or 'transparency' in image.info:
        image = image.convert('RGBA')
    if profile and image.mode in ('RGB', 'RGBA'):
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        image = ImageCms.profileToProfile(image, source, ImageCms.createProfile('sRGB'), ImageCms.Intent.RELATIVE_COLORIMETRIC)
    if image.mode == 'RGBA':
        image = Image.alpha_composite(Image.new('RGBA', image.size, 'white'), image)
    return image.convert('RGB')


class Set:
    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)

    def add(self, name, data, page=0):
        with open(os.path.join(self.directory, name), 'wb') as f:
            f.write(data)
        image = Image.open(io.BytesIO(data))
        image.seek(page)
        upright(image).save(os.path.join(self.directory, name + '.png'))

    def save(self, name, image, **options):
        out = io.BytesIO()
        image.save(out, **options)
        self.add(name, out.getvalue())


def tiff(s, image):
    grey, bilevel = image.convert('L'), image.convert('1')
    for coding in ('raw', 'tiff_lzw', 'tiff_adobe_deflate', 'tiff_deflate', 'packbits', 'jpeg'):
        for mode, m in (('rgb', image), ('grey', grey)):
            s.save(f'{coding}-{mode}.tiff', m, format='TIFF', compression=coding)
        s.save(f'{coding}-strips.tiff', image, format='TIFF', compression=coding, tiffinfo={278: 16})
    for coding in ('raw', 'tiff_lzw', 'packbits', 'group3', 'group4'):
        for white in (0, 1):
            s.save(f'{coding}-bilevel-{white}.tiff', bilevel, format='TIFF', compression=coding, tiffinfo={262: white})
    for coding in ('raw', 'tiff_lzw', 'tiff_adobe_deflate'):
        s.save(f'{coding}-palette.tiff', image.quantize(200), format='TIFF', compression=coding)
        s.save(f'{coding}-cmyk.tiff', image.convert('CMYK'), format='TIFF', compression=coding)
        alpha = image.copy()
        alpha.putalpha(grey)
        s.save(f'{coding}-alpha.tiff', alpha, format='TIFF', compression=coding)
        s.save(f'{coding}-predictor.tiff', image, format='TIFF', compression=coding, tiffinfo={317: 2} if coding != 'raw' else {})
        wide = Image.fromarray((np.asarray(grey).astype(np.uint16) * 257))
        s.save(f'{coding}-grey16.tiff', wide, format='TIFF', compression=coding)
    for orientation in range(1, 9):
        s.save(f'orientation-{orientation}.tiff', image, format='TIFF', compression='tiff_lzw', tiffinfo={274: orientation})
    pages = [image, image.transpose(Image.Transpose.ROTATE_90), grey]
    out = io.BytesIO()
    pages[0].save(out, format='TIFF', save_all=True, append_images=pages[1:], compression='tiff_lzw')
    s.add('pages.tiff', out.getvalue())
    s.add('pages.page2.tiff', out.getvalue(), 1)
    s.add('pages.page3.tiff', out.getvalue(), 2)


def jpeg(s, image):
    cmyk = image.convert('CMYK')
    s.save('cmyk-adobe.jpg', cmyk, format='JPEG', quality=95)
    out = io.BytesIO()
    cmyk.save(out, format='JPEG', quality=95)
    data = out.getvalue()
    at = data.index(b'\xff\xee')
    s.add('cmyk-bare.jpg', data[:at] + data[at + 2 + struct.unpack('>H', data[at + 2:at + 4])[0]:])
    out = io.BytesIO()
    image.save(out, format='MPO', save_all=True, append_images=[image.convert('L')], quality=95)
    s.add('two.mpo', out.getvalue())
    for subsampling in (0, 1, 2):
        s.save(f'baseline-{subsampling}.jpg', image, format='JPEG', quality=95, subsampling=subsampling)
        s.save(f'progressive-{subsampling}.jpg', image, format='JPEG', quality=95, subsampling=subsampling, progressive=True)
    s.save('named-wrongly.png', image, format='JPEG', quality=95)


def png(s, image):
    grey = image.convert('L')
    s.save('grey16.png', Image.fromarray((np.asarray(grey).astype(np.uint16) * 257)), format='PNG')
    for n in (2, 4, 16, 200):
        s.save(f'palette-{n}.png', image.quantize(n), format='PNG')
    s.save('palette-transparent.png', image.quantize(16), format='PNG', transparency=3)
    s.save('bilevel.png', image.convert('1'), format='PNG')
    rgb = np.asarray(image).astype(np.uint16) * 257
    raw = b''.join(b'\0' + row.astype('>u2').tobytes() for row in rgb)
    chunk = lambda name, body: struct.pack('>I', len(body)) + name + body + struct.pack('>I', zlib.crc32(name + body))
    s.add('rgb16.png', b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', W, H, 16, 2, 0, 0, 0)) +
          chunk(b'IDAT', zlib.compress(raw)) + chunk(b'IEND', b''))


def heif(s, image):
    grey = image.convert('L')
    alpha = image.copy()
    alpha.putalpha(grey)
    for quality in (50, 90):
        for chroma in (420, 422, 444):
            s.save(f'q{quality}-{chroma}.heic', image, format='HEIF', quality=quality, chroma=chroma)
        for chroma in ('4:2:0', '4:2:2', '4:4:4'):
            for extent in ('full', 'limited'):
                s.save(f'q{quality}-{chroma[::2]}-{extent}.avif', image, format='AVIF', quality=quality, subsampling=chroma, range=extent)
    s.save('grey.heic', grey, format='HEIF', quality=90)
    s.save('grey.avif', grey, format='AVIF', quality=90)
    s.save('alpha.avif', alpha, format='AVIF', quality=90)
    for matrix in (1, 6, 9):
        for full in (0, 1):
            s.save(f'matrix-{matrix}-{full}.heic', image, format='HEIF', quality=90, matrix_coefficients=matrix, full_range_flag=full, color_primaries=1)
    for orientation in range(1, 9):
        e = Image.Exif()
        e[0x112] = orientation
        s.save(f'orientation-{orientation}.heic', image, format='HEIF', quality=90, exif=e.tobytes())
        s.save(f'orientation-{orientation}.avif', image, format='AVIF', quality=90, exif=e.tobytes())


def main():
    pillow_heif.register_heif_opener()
    s, image = Set(sys.argv[1]), scene()
    tiff(s, image)
    # Decoders differ in how they spread halved chroma over hard edges; photographs have none.
    jpeg(s, image.filter(ImageFilter.GaussianBlur(1.5)))
    png(s, image)
    heif(s, image.filter(ImageFilter.GaussianBlur(1.5)))
    for path in sys.argv[2:]:
        with open(path, 'rb') as f:
            s.add('sample-' + os.path.basename(path), f.read())
    print(f'{len(os.listdir(sys.argv[1])) // 2} files by Pillow {Image.__version__}')


if __name__ == '__main__':
    main()
