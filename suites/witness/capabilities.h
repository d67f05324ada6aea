/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations that a capability permits, as attempts (see witness.h): each is refused without that
 * one capability and permitted with it alone. Which user namespace the capability must hold in, and
 * the errno of the refusal, stand in the conformance suite's table.
 */
#ifndef CAPABILITIES_H
#define CAPABILITIES_H

/* On files. argument: a directory that the caller may write, or a file, as capabilities.c says. */
int change_owner(const char *file);
int write_unwritable(const char *directory);
int read_unreadable(const char *directory);
int change_mode_of_others(const char *file);
int keep_set_id_bits(const char *directory);
int make_immutable(const char *directory);
int map_block(const char *directory);
int make_device(const char *directory);
int lease_file_of_others(const char *file);
int give_capability_to_file(const char *directory);

/* On processes and their resources. */
int signal_others(const char *pid);
int take_group(const char *unused);
int take_user(const char *unused);
int drop_from_bounding_set(const char *unused);
int lock_memory(const char *unused);
int attach_shared_memory(const char *unused);
int change_root(const char *unused);
int trace_undumpable(const char *unused);
int unshare_uts(const char *unused);
int raise_priority(const char *unused);
int raise_hard_limit(const char *unused);
int choose_process_id(const char *unused);

/* On sockets. */
int bind_low_port(const char *unused);
int listen_to_all_namespaces(const char *unused);
int bring_up_loopback(const char *unused);
int open_raw_socket(const char *unused);
int write_audit_record(const char *unused);
int get_audit_status(const char *unused);
int join_audit_log(const char *unused);

/* On the whole system; each leaves it as it was. */
int load_module(const char *unused);
int stop_accounting(const char *unused);
int configure_reboot(const char *unused);
int set_clock(const char *unused);
int hang_up_terminal(const char *unused);
int make_policy_namespace(const char *directory);
int control_log(const char *unused);
int make_wake_timer(const char *unused);
int block_suspend(const char *unused);
int count_system_wide(const char *unused);
int make_privileged_map(const char *unused);

#endif
