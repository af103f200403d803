"""What is made of an image."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from books_service.covers.bounds import MAXIMUM_PIXELS, SIDES
from books_service.covers.rendering import TooManyPixels, Unreadable, render


def rendered(content, media_type="image/jpeg"):
    return render(io.BytesIO(content), media_type)


def opened(content):
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize(("form", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_large_image_becomes_three_jpegs_within_their_bounds(picture, form, media_type):
    result = rendered(picture(form, size=(2000, 3000)), media_type)

    sizes = {name: opened(content).size for name, content in result.files.items()}
    assert sizes == {"large": (1067, 1600), "medium": (267, 400), "small": (107, 160)}
    assert (result.width, result.height) == sizes["large"]
    assert {opened(content).format for content in result.files.values()} == {"JPEG"}


def test_small_image_is_not_made_larger(picture):
    assert {opened(content).size for content in rendered(picture(size=(90, 120))).files.values()} == {(90, 120)}


@pytest.mark.parametrize(
    ("mode", "colour", "seen"),
    [
        ("1", 1, (255, 255, 255)),
        ("L", 128, (128, 128, 128)),
        ("LA", (0, 0), (255, 255, 255)),
        ("P", 0, (0, 0, 0)),
        ("RGBA", (0, 0, 255, 0), (255, 255, 255)),
        ("RGBA", (0, 0, 255, 255), (0, 0, 255)),
        ("I;16", 0x8080, (128, 128, 128)),
    ],
)
@pytest.mark.parametrize("size", [(40, 40), (3300, 3300)])
def test_every_kind_of_pixel_is_seen_on_white(picture, mode, colour, seen, size):
    large = opened(rendered(picture("PNG", mode=mode, colour=colour, size=size), "image/png").files["large"])

    assert large.mode == "RGB"
    assert all(abs(got - wanted) <= 3 for got, wanted in zip(large.getpixel((20, 20)), seen, strict=True))


def test_four_inks_become_the_colours_of_screens(picture):
    large = opened(rendered(picture(mode="CMYK", colour=(0, 255, 255, 0))).files["large"])

    red, green, blue = large.getpixel((5, 5))
    assert red > 200
    assert green < 60
    assert blue < 60


def test_picture_is_turned_upright_and_nothing_is_told_about_it(picture):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "where and when"
    result = rendered(picture(size=(200, 100), exif=exif, comment=b"by whom"))

    assert (result.width, result.height) == (100, 200)
    for content in result.files.values():
        assert not opened(content).getexif()
        assert b"where" not in content
        assert b"whom" not in content


def test_text_of_a_png_is_left_out(picture):
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "secret name")

    assert b"secret" not in rendered(picture("PNG", pnginfo=text), "image/png").files["large"]


def test_colours_of_an_embedded_profile_become_srgb(picture):
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    for profile in (srgb, wide, b"nonsense"):
        large = opened(rendered(picture(icc_profile=profile)).files["large"])
        assert large.getpixel((5, 5))[0] > 250
        assert "icc_profile" not in large.info


@pytest.mark.parametrize("media_type", MAXIMUM_PIXELS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<script>alert(1)</script>",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"#!/bin/sh\nid\n",
        b"\xff\xd8\xff\xe0 no more",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\x10\x00\x00\x00WEBPVP8 ",
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
    ],
)
def test_what_is_no_image_is_unreadable(content, media_type):
    with pytest.raises(Unreadable):
        rendered(content, media_type)


def test_image_of_another_type_than_it_is_said_to_be_is_unreadable(picture):
    with pytest.raises(Unreadable):
        rendered(picture("PNG"), "image/jpeg")


def test_truncated_image_is_unreadable(picture):
    for form, media_type in (("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")):
        content = picture(form, size=(600, 900))
        with pytest.raises(Unreadable):
            rendered(content[: len(content) // 2], media_type)


@pytest.mark.parametrize(("form", "media_type"), [("PNG", "image/png"), ("WEBP", "image/webp")])
def test_moving_image_is_unreadable(form, media_type):
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, form, save_all=True, append_images=frames[1:])

    with pytest.raises(Unreadable):
        rendered(file.getvalue(), media_type)


def test_header_alone_tells_that_there_are_too_many_pixels(claimed_png):
    for size in ((40_000, 40_000), (20_001, 1), (8_000, 5_001)):
        with pytest.raises(TooManyPixels):
            rendered(claimed_png(*size), "image/png")


def test_webp_has_a_bound_of_its_own(picture):
    with pytest.raises(TooManyPixels):
        rendered(picture("WEBP", size=(4001, 3001), method=0), "image/webp")


def test_jpeg_of_many_scans_has_a_bound_of_its_own(picture):
    size = (6000, 6000)
    with pytest.raises(TooManyPixels):
        rendered(picture(size=size, progressive=True, subsampling=0))

    assert rendered(picture(size=size)).width == SIDES["large"]


def test_same_image_makes_the_same_files(picture):
    assert rendered(picture()) == rendered(picture())
