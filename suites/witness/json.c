/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON values (RFC 8259). */
#include "witness.h"

void json_string(FILE *out, const char *text)
{
	if (!text) {
		fputs("null", out);
		return;
	}
	fputc('"', out);
	for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++) {
		if (*byte == '"' || *byte == '\\')
			fprintf(out, "\\%c", *byte);
		else if (*byte < 0x20 || *byte == 0x7f)
			fprintf(out, "\\u%04x", *byte);
		else
			fputc(*byte, out);
	}
	fputc('"', out);
}
