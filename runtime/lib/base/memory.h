/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REDPAK_MEMORY_H
#define REDPAK_MEMORY_H

/*
 * Gives up the pages of the program that cannot change, code and constants, but the first ones;
 * what is needed again comes back from the file. For processes that have done nearly all that they
 * will do.
 */
void memory_forget_program(void);

#endif
