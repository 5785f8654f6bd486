/// A page of help that is about no single command.
struct HelpTopic: Sendable {
  let word: String
  /// One line, without a full stop.
  let summary: String
  /// Paragraphs.
  let text: [String]
  let seeAlso: [String]

  /// Every topic, in the order of help.
  static let all: [HelpTopic] = [
    tour, language, values, numbers, seeds, expectations, tables, files, sessions, plugins,
  ]

  /// The words of the language that are no commands, and the topic that tells of each.
  static let ofWord = [
    "for": "language", "in": "language", "expect": "expectations", "fails": "expectations",
    "within": "expectations", "param": "files", "and": "numbers", "or": "numbers", "not": "numbers",
  ]

  private static let tour = HelpTopic(
    word: "tour", summary: "a dozen lines that show the whole way, run one after the other",
    text: Tour.steps.map { "\($0.comment) `\($0.line)`" }, seeAlso: ["language", "values"])

  private static let language = HelpTopic(
    word: "language", summary: "how a line is read",
    text: [
      "A line is `COMMAND arguments`, `name = COMMAND arguments`, or an expression. Arguments "
        + "stand apart by blanks; named ones are written `key=value` without blanks.",
      "A command inside a line stands in parentheses: `expect (barrier a b data=test).error < "
        + "2%`. `|>` hands a value on as the first argument of the next command.",
      "`for m in [fd, sa2] { … }` runs a block for each value; `;` joins lines; `#` begins a "
        + "comment. A line goes on while a bracket is open, and after an operator, `,` or `|>`.",
      "`t = sweep width in [32, 128], m in [fd, sa2] { … row error=… }` runs a block for every "
        + "combination and gives one table.",
      "Whatever can be typed can stand in a file, and `basin FILE` runs it. A file is checked "
        + "whole before its first line runs.",
    ], seeAlso: ["values", "expectations", "run"])

  private static let values = HelpTopic(
    word: "values", summary: "kinds of value and their parts",
    text: [
      "Values never change; a name can be bound again. `_` is the last result and `_7` the "
        + "seventh. Indexes start at 1, and `nets[-1]` is the last."
    ]
      + partsByKind,
    seeAlso: ["describe", "explain", "numbers"])

  /// One paragraph for each kind that has parts.
  private static var partsByKind: [String] {
    var kinds: [String] = []
    for member in Member.all where !kinds.contains(member.owner.rawValue) {
      kinds.append(member.owner.rawValue)
    }
    return kinds.map { kind in
      let parts = Member.all.filter { $0.owner.rawValue == kind }
      return "\(kind): " + parts.map { ".\($0.name) (\($0.help))" }.joined(separator: ", ") + "."
    }
  }

  private static let numbers = HelpTopic(
    word: "numbers", summary: "units, shares, ranges and arithmetic",
    text: [
      "Units follow a number without a blank: % k M ms s min h KB MB GB. `5%` is 0.05 and `50k` "
        + "is 50000.",
      "Errors and accuracies are shares: 0.062 is shown as 6.2%. The difference of two shares is "
        + "shown in points.",
      "`1..5` is a range with both ends. Operators: + - * / ^, == != < <= > >= ~=, and or not. "
        + "Division needs blanks around `/`.",
    ], seeAlso: ["values", "expectations"])

  private static let seeds = HelpTopic(
    word: "seeds", summary: "where random numbers come from, and why runs repeat",
    text: [
      "A session has one seed (`set seed=7`). Every command that draws has a stream of its own, "
        + "named by its recipe: the command, the arguments that differ from their defaults, how "
        + "those were made, hashes in place of files, and how-manieth identical call it is.",
      "So renaming a value or adding a line changes no other line's numbers, and neither does the "
        + "number of threads. `seed=7` on a command fixes that command alone.",
    ], seeAlso: ["set", "explain"])

  private static let expectations = HelpTopic(
    word: "expectations", summary: "checks that a script makes of itself",
    text: [
      "`expect b.error < 1% \"it connects\"` prints both sides; in a script a failed one ends the "
        + "run with exit code 1, unless `set on_fail=continue`.",
      "`expect x ~= 0.25 within 0.01` compares within a tolerance; without one, within a millionth "
        + "of the value. `expect fails E0401 { load none.h5 }` expects a failure.",
    ], seeAlso: ["language", "run"])

  private static let tables = HelpTopic(
    word: "tables", summary: "choosing, sorting and summing up rows",
    text: [
      "`where t (width > 32)` keeps rows; columns stand as names in the expression. `sort t time`, "
        + "`select t method error` and `stats t` work on whole tables.",
      "`t.error` is a column as a list, and `max t.error` its largest value.",
      "`sweep width in [32, 128] { … row error=… }` makes a table, one row for each value or "
        + "combination of values; `plot t x=width y=error` draws it.",
    ], seeAlso: ["where", "sort", "select", "stats", "sweep"])

  private static let sessions = HelpTopic(
    word: "sessions", summary: "what is kept of a session, and how to go on after a crash",
    text: [
      "What is typed is autosaved in `sessions/NAME.journal`: every command before it runs and "
        + "after it ended, values that took long, and the state of trainings and searches every "
        + "few seconds. A program that is killed loses no completed command.",
      "After a crash `resume` alone brings the session back and goes on with what was running. "
        + "`basin --session NAME` goes on with any session, or begins one of that name; "
        + "`--no-session` keeps nothing.",
      "`basin --session NAME job.basin` does the same for a script: run again after it was "
        + "killed, it takes what it made already from the journal.",
      "`save session FILE.basin` writes what is left of the session as a script with receipts, "
        + "and `replay` runs it again to the same numbers.",
      "BASIN_CHECKPOINT_SECONDS says how often states are written where 5 s is too often for a slow "
        + "disk. The folder is `sessions` where the program is started, or the one that BASIN_SESSIONS "
        + "names. A session that is no longer wanted is deleted with its folder.",
    ], seeAlso: ["resume", "save", "replay", "files"])

  private static let files = HelpTopic(
    word: "files", summary: "scripts, parameters and what the program returns",
    text: [
      "`basin job.basin steps=50k` runs a script with a value for its line `param steps = 20k in "
        + "1..1M`. `basin check job.basin` finds mistakes without running it.",
      "Exit codes: 0 all went well, 1 an expectation failed, 2 the script cannot be run as it is, "
        + "3 files, data, computing or a plugin failed, 4 a limit was reached, 130 and 143 stopped.",
    ], seeAlso: ["run", "check", "language"])
}
