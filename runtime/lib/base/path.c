/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <errno.h>
#include <string.h>

const char *path_normalise(struct pool *pool, const char *text)
{
	char *path, *end;

	errno = EINVAL;
	if (text[0] != '/')
		return NULL;
	path = pool_alloc(pool, strlen(text) + 2);
	if (!path)
		return NULL;
	end = path;
	while (*text) {
		size_t length;

		text += strspn(text, "/");
		length = strcspn(text, "/");
		if (length == 2 && !memcmp(text, "..", 2)) {
			if (end == path) {
				errno = EINVAL;
				return NULL;
			}
			end = memrchr(path, '/', (size_t)(end - path));
		} else if (length && !(length == 1 && *text == '.')) {
			*end++ = '/';
			memcpy(end, text, length);
			end += length;
		}
		text += length;
	}
	if (end == path)
		*end++ = '/';
	*end = '\0';
	return path;
}

bool path_is_beneath(const char *path, const char *place)
{
	size_t length = strlen(place);

	if (!strcmp(place, "/"))
		return true;
	return !strncmp(path, place, length) && (path[length] == '/' || !path[length]);
}

bool path_has_parent(const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "/");

		if (length == 2 && !memcmp(text, "..", 2))
			return true;
		text += length;
		text += strspn(text, "/");
	}
	return false;
}
