"""What the headers of a part say, as clients write them."""

import pytest

from handlers.multipart.parts import decoded, headers_of

_NAMED = {
    b'form-data; name="f"; filename="hub.jpg"': "hub.jpg",
    b"form-data; name=f; filename=hub.jpg": "hub.jpg",
    'form-data; name="f"; filename="轮毂.jpg"'.encode(): "轮毂.jpg",
    'form-data; name="f"; filename="轮毂.jpg"'.encode("gbk"): "轮毂.jpg",
    b"form-data; name=\"f\"; filename*=utf-8''%E8%BD%AE%E6%AF%82.jpg": "轮毂.jpg",
    b"form-data; name=\"f\"; filename*=UTF-8'zh'%e8%bd%ae.jpg": "轮.jpg",
    b"form-data; name=\"f\"; filename*=GBK''%C2%D6%EC%B1.jpg": "轮毂.jpg",
    b"form-data; name=\"f\"; filename*=no-such-charset''%E8%BD%AE.jpg": "轮.jpg",
    b"form-data; name=\"f\"; filename*=utf-8''%C2%D6%EC%B1.jpg": "轮毂.jpg",
    b'form-data; name="f"; filename="=?utf-8?B?6L2u?="; filename*=utf-8\'\'%E8%BD%AE%E6%AF%82.jpg': "轮毂.jpg",
    b'form-data; name="f"; filename="=?utf-8?B?6L2u5q+CLmpwZw==?="': "轮毂.jpg",
    b'form-data; name="f"; filename="=?utf-8?Q?=E8=BD=AE.jpg?="': "轮.jpg",
    b'form-data; name="f"; filename="=?utf-8?B?broken?="': "=?utf-8?B?broken?=",
    b'form-data; name="f"; filename="=?no-such?B?6L2u?="': "=?no-such?B?6L2u?=",
    b'form-data; name="f"; filename="17%22 wheel.jpg"': '17" wheel.jpg',
    b'form-data; name="f"; filename="17\\" wheel.jpg"': '17" wheel.jpg',
    b'form-data; name="f"; filename="100%25.jpg"': "100%25.jpg",
    b'form-data; name="f"; filename="a;b.jpg"': "a;b.jpg",
    b'form-data; name="f"; filename=""': "",
}


@pytest.mark.parametrize(("disposition", "name"), _NAMED.items())
def test_file_name_in_every_writing(disposition: bytes, name: str) -> None:
    headers = headers_of({"content-disposition": disposition})
    assert (headers.field, headers.filename, headers.declared) == ("f", name, True)


@pytest.mark.parametrize(
    ("raw", "declared"),
    [
        ({"content-disposition": b'form-data; name="f"'}, False),
        ({"content-disposition": b'form-data; name="f"', "content-type": b"text/plain; charset=utf-8"}, False),
        ({"content-disposition": b'form-data; name="f"', "content-type": b"application/json"}, False),
        ({"content-disposition": b'form-data; name="f"', "content-type": b"image/jpeg"}, True),
        ({"content-type": b"Application/Octet-Stream"}, True),
        ({}, False),
    ],
)
def test_part_without_a_file_name_is_a_file_by_its_type(raw: dict[str, bytes], declared: bool) -> None:
    assert headers_of(raw).declared is declared


@pytest.mark.parametrize("raw", [b"\xff", b"form-data; name*0*=x''", b'form-data; name="', b";;;=;", b"\0" * 99])
def test_broken_headers_are_read_as_far_as_they_go(raw: bytes) -> None:
    assert isinstance(headers_of({"content-disposition": raw}).field, str)


def test_bytes_of_no_encoding_are_still_text() -> None:
    assert decoded(b"\xff\xff") == "ÿÿ"
