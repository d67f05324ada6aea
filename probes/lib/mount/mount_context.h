/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File systems made by fsopen(2), step by step. Options go by fsconfig(2), never by mount(2), which
 * writes to the kernel log what it does not know; the context keeps such lines for its owner.
 */
#ifndef REDPROBE_MOUNT_CONTEXT_H
#define REDPROBE_MOUNT_CONTEXT_H

/* A file system being made, and what went wrong. */
struct mount_context {
	int fd;		  /* of fsopen, or -1 */
	const char *call; /* that failed, or NULL */
	int error;	  /* of it: a positive errno */
	char log[128];	  /* what the kernel said about it; "" if nothing */
};

/*
 * Opens a context. `type` must be a file system that is registered: of others the kernel would load
 * the module.
 */
void mount_context_open(struct mount_context *context, const char *type);

/* Sets an option; `value` NULL: a flag. A context in which something failed is left alone. */
void mount_context_set(struct mount_context *context, const char *key, const char *value);

/* Sets an option to a descriptor. */
void mount_context_set_fd(struct mount_context *context, const char *key, int fd);

/*
 * Makes the file system. Returns a descriptor of its root, mounted nowhere, or -1. Closes the
 * context in any case.
 */
int mount_context_finish(struct mount_context *context);

/* True if the kernel refused an option because it does not know it. */
int mount_context_stranger(const struct mount_context *context);

#endif
