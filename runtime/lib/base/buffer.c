/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum { SIZE_AT_FIRST = 64 };

int buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
	if (length == 0)
		return 0;
	if (length > SIZE_MAX / 4 - buffer->length)
		return -ENOMEM;
	if (buffer->length + length >= buffer->size) {
		size_t size = buffer->size ? buffer->size : SIZE_AT_FIRST;
		char *data;

		while (size <= buffer->length + length)
			size *= 2;
		data = pool_alloc(buffer->pool, size);
		if (!data)
			return -ENOMEM;
		if (buffer->length)
			memcpy(data, buffer->data, buffer->length);
		buffer->data = data;
		buffer->size = size;
	}
	memcpy(buffer->data + buffer->length, bytes, length);
	buffer->length += length;
	return 0;
}

const char *buffer_text(const struct buffer *buffer)
{
	return buffer->data ? buffer->data : "";
}
