/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that a test can have fail: the linker puts others in their place, --wrap of ld(1). */
#ifndef SUITES_FAULTS_WRAP_H
#define SUITES_FAULTS_WRAP_H

/*
 * Defines what stands in the place of the function @name: it returns @failure where the expression
 * @fails holds, and else calls the real one. @parameters and @arguments in parentheses.
 */
#define WRAP(type, name, fails, failure, parameters, arguments)       \
	type __real_##name parameters;                                \
	type __wrap_##name parameters;                                \
	type __wrap_##name parameters                                 \
	{                                                             \
		return (fails) ? (failure) : __real_##name arguments; \
	}

#endif
