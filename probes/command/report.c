/* SPDX-License-Identifier: Apache-2.0 */
/* Without another action: the findings, in one of the forms. */
#include "report.h"

#include "command.h"
#include "say.h"
#include "text.h"

#include <stdlib.h>

int command_report(const struct options *options)
{
	static report_function *const forms[] = {
		[FORM_TEXT] = report_text,
		[FORM_JSON] = report_json,
		[FORM_TAP] = report_tap,
	};
	report_function *report = forms[options->form];
	struct session session;
	int status = session_open(&session, options, options->areas);

	if (status)
		return status;
	if (report == report_text && text_coloured())
		report = report_coloured;
	report(session.probe, options->areas, stdout);
	session_close(&session);
	return flushed(EXIT_SUCCESS);
}
