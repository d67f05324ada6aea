/* SPDX-License-Identifier: Apache-2.0 */
/* The capabilities as features of the kernel. */
#ifndef REDPAK_CAPABILITY_H
#define REDPAK_CAPABILITY_H

/* The id of a capability, by its number, in the table of redprobe; NULL if it is not in there. */
const char *capability_id(int capability);

#endif
