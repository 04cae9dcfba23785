"""The subset of Protocol Buffers that P2PChat needs: messages of varints and byte strings."""


def varint(number):
    data = bytearray()
    while number > 0x7F:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
    return bytes(data)


def message(pairs):
    """Writes (field number, int | str | bytes) pairs in order. As in proto3, 0 and empty text are left out."""
    data = bytearray()
    for number, value in pairs:
        if isinstance(value, int):
            if value:
                data += varint(number << 3) + varint(value)
        elif isinstance(value, str):
            if value:
                data += varint(number << 3 | 2) + varint(len(value.encode())) + value.encode()
        else:
            data += varint(number << 3 | 2) + varint(len(value)) + value
    return bytes(data)


def fields(data):
    """Reads a message into {field number: [values]}; a value is an int or bytes."""
    found, at = {}, 0

    def read_varint():
        nonlocal at
        number, shift = 0, 0
        while True:
            if at >= len(data) or shift > 63:
                raise ValueError("not a protobuf message")
            byte = data[at]
            number |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if byte < 0x80:
                return number

    while at < len(data):
        key = read_varint()
        kind = key & 7
        if kind == 0:
            value = read_varint()
        else:
            length = {1: 8, 5: 4}.get(kind)
            if length is None:
                if kind != 2:
                    raise ValueError("not a protobuf message")
                length = read_varint()
            if at + length > len(data):
                raise ValueError("not a protobuf message")
            value, at = data[at:at + length], at + length
        found.setdefault(key >> 3, []).append(value)
    return found
