// GNU readline. Swift 6 refuses C globals such as rl_line_buffer, so whatever the terminal
// needs of them goes through static inline functions here.
#pragma once
#include <stdio.h>
#include <readline/readline.h>
#include <readline/history.h>
