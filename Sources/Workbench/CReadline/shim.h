// GNU readline. Swift 6 refuses C globals such as rl_line_buffer, so whatever the terminal
// needs of them goes through static inline functions here.
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <readline/readline.h>
#include <readline/history.h>

// Says who we are, for `$if basin` in ~/.inputrc. Signals and the size of the screen are watched
// by the program itself: a handler of readline's would run beside ours.
static inline void basin_readline_start(
    const char *name,
    char **(*complete)(const char *text, int start, int end),
    char *(*word_breaks)(void),
    void (*show)(char **matches, int count, int longest)) {
  rl_readline_name = name;
  rl_catch_signals = 0;
  rl_catch_sigwinch = 0;
  rl_change_environment = 0;
  // Quotes are closed by what we append, not by readline's guess.
  rl_basic_quote_characters = "";
  rl_attempted_completion_function = complete;
  rl_completion_word_break_hook = word_breaks;
  rl_completion_display_matches_hook = show;
  rl_instream = stdin;
  rl_outstream = stdout;
  using_history();
  rl_initialize();
}

// The line being edited; owned by readline.
static inline const char *basin_readline_line(void) {
  return rl_line_buffer ? rl_line_buffer : "";
}

// The cursor's place in the line, in bytes.
static inline int basin_readline_point(void) { return rl_point; }

// Tells readline how to treat the matches that the completion function is about to return: in our
// order, without readline's own search for files, and followed by `append` (0: by nothing).
static inline void basin_readline_take_matches(int append) {
  rl_attempted_completion_over = 1;
  rl_sort_completion_matches = 0;
  rl_filename_completion_desired = 0;
  rl_completion_suppress_quote = 1;
  rl_completion_append_character = append;
}

// Whether the command before this one was completion, too: the second Tab.
static inline int basin_readline_is_second_tab(void) { return rl_last_func == rl_complete; }

static inline void basin_readline_print(const char *text) {
  fputs(text, rl_outstream ? rl_outstream : stdout);
  fflush(rl_outstream ? rl_outstream : stdout);
}

// Leaves the line as it stands on the screen and the cursor on the line after it.
static inline void basin_readline_abandon(const char *mark) {
  rl_point = rl_end;
  rl_redisplay();
  basin_readline_print(mark);
  rl_free_line_state();
  rl_callback_sigcleanup();
  rl_replace_line("", 1);
}

// Takes the terminal again after the program was stopped and continued.
static inline void basin_readline_resume(void) {
  if (rl_deprep_term_function) (*rl_deprep_term_function)();
  if (rl_prep_term_function) (*rl_prep_term_function)(1);
  rl_forced_update_display();
}

static inline void basin_readline_release_terminal(void) {
  if (rl_deprep_term_function) (*rl_deprep_term_function)();
}
