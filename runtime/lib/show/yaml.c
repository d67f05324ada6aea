/* SPDX-License-Identifier: Apache-2.0 */
#include "show/yaml.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "apply/export.h"

/* What fails once makes everything after it do nothing. */
struct writer {
	yaml_emitter_t emitter;
	enum yaml_form form;
	int result;
};

static void emit(struct writer *writer, yaml_event_t *event, int made)
{
	if (made && writer->result < 0)
		yaml_event_delete(event);
	else if (!made)
		writer->result = -ENOMEM;
	else if (!yaml_emitter_emit(&writer->emitter, event))
		writer->result = writer->emitter.error == YAML_MEMORY_ERROR ? -ENOMEM : -EIO;
}

static void put_scalar(struct writer *writer, const char *text)
{
	yaml_event_t event;

	emit(writer, &event,
	     yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
					  (int)strlen(text), 1, 1, YAML_ANY_SCALAR_STYLE));
}

static void put_pair(struct writer *writer, const char *key, const char *text)
{
	if (!text)
		return;
	put_scalar(writer, key);
	put_scalar(writer, text);
}

static void begin_mapping(struct writer *writer)
{
	yaml_event_t event;

	emit(writer, &event,
	     yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
}

static void end_mapping(struct writer *writer)
{
	yaml_event_t event;

	emit(writer, &event, yaml_mapping_end_event_initialize(&event));
}

static void begin_list(struct writer *writer, const char *key)
{
	yaml_event_t event;

	put_scalar(writer, key);
	emit(writer, &event,
	     yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
						  YAML_BLOCK_SEQUENCE_STYLE));
}

static void end_list(struct writer *writer)
{
	yaml_event_t event;

	emit(writer, &event, yaml_sequence_end_event_initialize(&event));
}

static void put_headers(struct writer *writer, const struct config *config)
{
	put_scalar(writer, "headers");
	begin_mapping(writer);
	put_pair(writer, "alias", config->alias.text);
	put_pair(writer, "name", config->name.text);
	put_pair(writer, "info", config->info.text);
	end_mapping(writer);
}

static void put_exports(struct writer *writer, const struct config *config)
{
	if (!config->export_count)
		return;
	begin_list(writer, "exports");
	for (size_t i = 0; i < config->export_count; i++) {
		const struct export *export = &config->exports[i];

		begin_mapping(writer);
		put_pair(writer, "mode", export->mode->name);
		put_pair(writer, "mount", export->mount.text);
		put_pair(writer, "path", export->path.text);
		put_pair(writer, "info", export->info.text);
		put_pair(writer, "warn", export->warn.text);
		end_mapping(writer);
	}
	end_list(writer);
}

static void put_variables(struct writer *writer, const struct config *config)
{
	if (!config->variable_count)
		return;
	begin_list(writer, "environ");
	for (size_t i = 0; i < config->variable_count; i++) {
		const struct variable *variable = &config->variables[i];

		begin_mapping(writer);
		put_pair(writer, "mode", variable_modes[variable->mode]);
		put_pair(writer, "key", variable->key.text);
		put_pair(writer, "value", variable->value.text);
		put_pair(writer, "info", variable->info.text);
		put_pair(writer, "warn", variable->warn.text);
		end_mapping(writer);
	}
	end_list(writer);
}

static void put_capabilities(struct writer *writer, const struct config *config)
{
	if (!config->capability_count)
		return;
	begin_list(writer, "capabilities");
	for (size_t i = 0; i < config->capability_count; i++) {
		const struct capability_rule *rule = &config->capabilities[i];

		begin_mapping(writer);
		put_pair(writer, "cap", rule->cap.text);
		put_pair(writer, "add", rule->keep ? "1" : "0");
		put_pair(writer, "info", rule->info.text);
		put_pair(writer, "warn", rule->warn.text);
		end_mapping(writer);
	}
	end_list(writer);
}

/* Items of one section stand together in the table. */
static void put_cgroups(struct writer *writer, const struct config *config)
{
	const char *section = NULL;

	if (!config->has_cgroups)
		return;
	put_scalar(writer, "cgroups");
	begin_mapping(writer);
	for (size_t i = 0; i < CGROUP_ITEM_COUNT; i++) {
		if (!config->cgroup[i].text)
			continue;
		if (!section || strcmp(section, cgroup_items[i].section) != 0) {
			if (section)
				end_mapping(writer);
			section = cgroup_items[i].section;
			put_scalar(writer, section);
			begin_mapping(writer);
		}
		put_pair(writer, cgroup_items[i].key, config->cgroup[i].text);
	}
	if (section)
		end_mapping(writer);
	end_mapping(writer);
}

static void put_time_offsets(struct writer *writer, const struct config *config)
{
	bool any = false;

	for (size_t i = 0; i < CLOCK_COUNT; i++)
		any |= config->time_offsets[i].text != NULL;
	if (!any)
		return;
	put_scalar(writer, "time_offsets");
	begin_mapping(writer);
	for (size_t i = 0; i < CLOCK_COUNT; i++)
		put_pair(writer, namespace_clocks[i], config->time_offsets[i].text);
	end_mapping(writer);
}

/* What of `config` is no single value, and the key it stands before. */
static const struct {
	enum config_key before;
	void (*put)(struct writer *writer, const struct config *config);
} structured[] = {
	{KEY_HOSTNAME, put_cgroups},
	{KEY_MAXAGE, put_capabilities},
	{KEY_ID_MAP, put_time_offsets},
};

static void put_setting(struct writer *writer, const struct config *config, int key)
{
	const struct config_key_type *type = &config_keys[key];
	const struct setting *setting = &config->settings[key];

	if (setting->text && type->words)
		put_pair(writer, type->name, type->words[setting->number]);
	else if (setting->text || writer->form == YAML_DUMP)
		put_pair(writer, type->name, setting->text ? setting->text : type->absent);
}

static void put_settings(struct writer *writer, const struct config *config)
{
	put_scalar(writer, "config");
	begin_mapping(writer);
	for (int key = 0; key < KEY_COUNT; key++) {
		for (size_t i = 0; i < FIELD_COUNT(structured); i++) {
			if ((int)structured[i].before == key)
				structured[i].put(writer, config);
		}
		put_setting(writer, config, key);
	}
	end_mapping(writer);
}

static void begin_document(struct writer *writer, FILE *out)
{
	yaml_event_t event;

	if (!yaml_emitter_initialize(&writer->emitter)) {
		writer->result = -ENOMEM;
		return;
	}
	yaml_emitter_set_output_file(&writer->emitter, out);
	yaml_emitter_set_unicode(&writer->emitter, 1);
	yaml_emitter_set_width(&writer->emitter, -1);
	emit(writer, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
	emit(writer, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
	begin_mapping(writer);
}

static int end_document(struct writer *writer, FILE *out)
{
	yaml_event_t event;

	end_mapping(writer);
	emit(writer, &event, yaml_document_end_event_initialize(&event, 1));
	emit(writer, &event, yaml_stream_end_event_initialize(&event));
	yaml_emitter_delete(&writer->emitter);
	if (writer->result == 0 && (fflush(out) != 0 || ferror(out)))
		writer->result = -EIO;
	return writer->result;
}

int yaml_write_config(FILE *out, const struct config *config, enum yaml_form form)
{
	struct writer writer = {.form = form, .result = 0};

	begin_document(&writer, out);
	put_headers(&writer, config);
	put_exports(&writer, config);
	put_variables(&writer, config);
	put_settings(&writer, config);
	return end_document(&writer, out);
}

int yaml_write_status(FILE *out, const struct status *status)
{
	struct writer writer = {.result = 0};
	char number[32];

	snprintf(number, sizeof(number), "%llu", status->timestamp);
	begin_document(&writer, out);
	put_pair(&writer, "realpath", status->realpath.text);
	put_pair(&writer, "timestamp", number);
	put_pair(&writer, "state", node_states[status->state]);
	put_pair(&writer, "info", status->info.text);
	return end_document(&writer, out);
}
