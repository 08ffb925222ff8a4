"""Media in chat messages: where it is and how big, never its bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tracetui.model import Part, PartType

_MIME = ("mime_type", "mimeType", "media_type", "mediaType")
_EMBEDDED = ("data", "base64", "b64_json", "bytes", "file_data", "content", "blob", "image", "result")
_REFERENCE = ("url", "uri", "fileUri", "file_uri", "file_url", "image_url", "file_id", "fileId", "id")
_LAYERS = (
    *(
        "image_url",
        "input_image",
        "input_audio",
        "audio",
        "video",
        "file",
        "source",
        "image",
        "document",
        "media",
    ),
    *("inlineData", "inline_data", "fileData", "file_data", "s3Location"),
)


def media_part(block: dict[str, Any]) -> Part | None:
    """A MEDIA part for an image, sound, film, document or file block of any provider; None where it names no media."""
    layers = list(_layers(block))
    mime = _mime(block, layers)
    for keys in (_EMBEDDED, _REFERENCE):
        for layer in reversed(layers):
            for value in map(layer.get, keys):
                if isinstance(value, (str, list)) and value:
                    return media_of(value, mime) if keys is _EMBEDDED else _referenced(value, mime)
    return None


def media_of(value: str | list[Any], mime: str | None) -> Part:
    """A MEDIA part for embedded data (base64 text, a data URI or a list of bytes) or for the address it turns out to be."""
    if isinstance(value, list):
        return _embedded(mime, len(value))
    if value.startswith("data:"):
        header, _, body = value[5:].partition(",")
        size = base64_size_bytes(body) if header.endswith("base64") else len(body)
        return _embedded(header.split(";")[0] or mime, size)
    if "://" in value[:12]:
        return Part(PartType.MEDIA, value, mime_type=mime)
    return _embedded(mime, base64_size_bytes(value))


def base64_size_bytes(text: str) -> int:
    """How many bytes a base64 text stands for, without decoding it."""
    return len(text) * 3 // 4 - text[-2:].count("=")


def _referenced(value: str | list[Any], mime: str | None) -> Part:
    if isinstance(value, str) and not value.startswith("data:"):
        return Part(PartType.MEDIA, value, mime_type=mime)
    return media_of(value, mime)


def _embedded(mime: str | None, size_bytes: int) -> Part:
    shown = f"data:{mime or 'application/octet-stream'};bytes={size_bytes}"
    return Part(PartType.MEDIA, shown, mime_type=mime, size_bytes=size_bytes)


def _layers(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The block and the dicts nested in it that say where the media is, outermost first."""
    layer: dict[str, Any] | None = block
    for _ in range(4):
        if layer is None:
            return
        yield layer
        nested = [layer[key] for key in _LAYERS if isinstance(layer.get(key), dict)]
        layer = nested[0] if nested else None


def _mime(block: dict[str, Any], layers: Sequence[dict[str, Any]]) -> str | None:
    """The MIME type as said, else `image/png` or `image/*` from the block's words."""
    said = [layer[key] for layer in layers for key in _MIME if isinstance(layer.get(key), str)]
    if said:
        return str(said[0]) or None
    words = f"{block.get('type', '')} {block.get('modality', '')} {' '.join(map(str, block))}"
    family = next((name for name in ("image", "audio", "video") if name in words), None)
    form = next((layer["format"] for layer in layers if isinstance(layer.get("format"), str)), "*")
    return f"{family}/{form}" if family else None
