import Kernel

// What is found before anything runs: syntax, names, arguments.

extension ErrorCatalogue {
  static let syntax: [ErrorPage] = [
    ErrorPage(
      .unexpectedCharacter, "a character that has no meaning",
      meaning: """
        The character stands nowhere in the language, or the bytes are no UTF-8 text. Text that \
        was copied from a formatted document often holds curved quotes and long dashes.
        """,
      remedy: "Type the character that is meant; inside a string any character can stand.",
      .lines("title = “wide networks”")),
    ErrorPage(
      .unclosed, "a bracket or a quote that is never closed",
      meaning: """
        What begins with `(` `[` `{` or a quote goes on to its counterpart, over line ends if need \
        be. The caret shows where it begins.
        """,
      remedy: "Put the counterpart where the part ends.",
      .lines("x = (1 + 2")),
    ErrorPage(
      .unexpectedToken, "something stands where something else was expected",
      meaning: "Up to the caret the line can be read; what stands there cannot follow.",
      remedy: """
        Look at the caret and just before it: a missing comma, operator or blank. A call inside \
        another stands in parentheses, as does any argument with an operator.
        """,
      .lines("x = 1 + * 2")),
    ErrorPage(
      .malformedNumber, "a number that is none",
      meaning: "What touches the digits is no unit, or the number is too large.",
      remedy: """
        Units are % k M, ms s min h, KB MB GB, and stand right after the digits: 50k, 0.5%, 30min.
        """,
      .lines("time = 5sec")),
    ErrorPage(
      .malformedString, "an escape that does not exist",
      meaning: "In double quotes a backslash says that the next character is meant otherwise.",
      remedy: #"""
        Escapes are \" \\ \{ \} \n \r \t. In single quotes nothing is escaped.
        """#,
      .lines(#"title = "50\% noise""#)),
    ErrorPage(
      .nestedTooDeep, "too much in one another",
      meaning: "Brackets, blocks or operators stand in one another more than 200 deep.",
      remedy: "Give a part of it a name on a line of its own.",
      .lines("x = " + String(repeating: "[", count: 201) + String(repeating: "]", count: 201))),
    ErrorPage(
      .misplacedStatement, "a statement where it cannot stand",
      meaning: """
        `param` names what a script takes from outside, which is known before it runs. `row` \
        fills the table of the sweep that it stands in. `set`, `run` and the like change what \
        other lines find, and the cells of a sweep do not see each other.
        """,
      remedy: """
        Move `param`, `set` and `run` out of the block, before it; put `row` among the lines of \
        a `sweep`.
        """,
      .lines("for i in 1..3 { param steps = 10 }")),
  ]

  static let names: [ErrorPage] = [
    ErrorPage(
      .unknownCommand, "no such command",
      meaning: "The first word of a line, or of what follows `|>`, is a command, and this is none.",
      remedy: "`help` lists the commands; `find WORD` searches them.",
      .lines("barier a b")),
    ErrorPage(
      .unknownMethod, "no such method",
      meaning: "The word stands where a search method is expected, and is none.",
      remedy: "`help` lists the methods there are.",
      .lines("m = method sa3 steps=10")),
    ErrorPage(
      .unknownValue, "no such value",
      meaning: "The word is bound to nothing at this place, and no choice or method is expected.",
      remedy: """
        Bind it first, as in `x = 5`; `list` shows what is bound. Text stands in quotes.
        """,
      .lines("y = misssing + 1")),
    ErrorPage(
      .reservedName, "a word that cannot be a name",
      meaning: """
        Words of the language (for in expect within param yes no and or not), ids of methods, and \
        `_` with digits have a meaning of their own; so have `status` and `time` in a sweep.
        """,
      remedy: "Take another name.",
      .lines("yes = 3")),
    ErrorPage(
      .unknownMember, "a value has no such part",
      meaning: "What stands after the point is no part of a value of this kind.",
      remedy: "`show x` or `describe x` shows the parts of a value.",
      .lines("train, test = make blobs samples=20\nn = train.clases")),
    ErrorPage(
      .unknownMetric, "no such metric",
      meaning: """
        Loss and error are always measured; `metric=` names others, which plugins bring, and no \
        plugin that is loaded brings this one.
        """,
      remedy: "Load the plugin before: `plugin load brier.swift`. `help` lists the metrics.",
      .lines(
        """
        train, test = make blobs samples=20
        a = train mlp width=4 data=train epochs=1
        eval a data=test metric=brierr
        """)),
    ErrorPage(
      .unknownReader, "no such reader",
      meaning: "`reader=` names a reader that a plugin brings, and no plugin that is loaded does.",
      remedy: "Load the plugin before: `plugin load csv_data.py`. `help` lists the readers.",
      .lines("d = load samples.csv reader=csv", files: [.init("samples.csv", Array("1,2\n".utf8))])),
  ]

  static let arguments: [ErrorPage] = [
    ErrorPage(
      .missingArgument, "an argument is missing",
      meaning: "The command needs a value that was not given and has no default.",
      remedy: "`help COMMAND` shows which arguments must be given.",
      .lines("train, test = make samples=20")),
    ErrorPage(
      .unknownArgument, "no such argument",
      meaning: "The command, or the method it was given, has no argument of this name.",
      remedy: "`help COMMAND` and `help METHOD` list the names.",
      .lines("train, test = make blobs sampels=20")),
    ErrorPage(
      .wrongKind, "a value of another kind",
      meaning: "The value is of another kind than the place expects: text for a number, say.",
      remedy: "The message says what is expected; `help COMMAND` shows the kinds of all arguments.",
      .lines("train, test = make blobs samples=\"many\"")),
    ErrorPage(
      .outOfRange, "a number outside its range",
      meaning: "The number is too small or too large, or an index points past the end of a list.",
      remedy: "The message says the range. Indexes start at 1; -1 is the last.",
      .lines("train, test = make blobs classes=1")),
    ErrorPage(
      .givenTwice, "the same twice",
      meaning: "An argument was given twice, or the same network stands twice in one search.",
      remedy: "Leave one of them out.",
      .lines("train, test = make blobs seed=1 seed=2")),
    ErrorPage(
      .countMismatch, "names and values differ in number",
      meaning: "Each value of the command takes one name, no more and no fewer.",
      remedy: "Write as many names before `=` as the command gives values.",
      .lines("train, test, rest = make blobs samples=20")),
    ErrorPage(
      .badChoice, "none of the choices",
      meaning: "The argument takes one of a few words, and this is none of them.",
      remedy: "The message lists the words.",
      .lines("train, test = make moons")),
    ErrorPage(
      .tooManyArguments, "more values than the command takes",
      meaning: "A value without a name is left over when all places are taken.",
      remedy: "Give it a name, as in `points=25`, or put a call with its arguments in parentheses.",
      .lines("train, test = make blobs 3")),
  ]
}
