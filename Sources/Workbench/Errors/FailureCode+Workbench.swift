import Kernel

// What the workbench can find wrong; the kernel declares the codes of files, data and computing.

// MARK: - E01xx: syntax

extension FailureCode {
  /// A character that stands nowhere in the language, or bytes that are no UTF-8.
  static let unexpectedCharacter = FailureCode(rawValue: 101)
  /// A bracket, a brace or a quote is never closed.
  static let unclosed = FailureCode(rawValue: 102)
  /// Something stands where something else was expected.
  static let unexpectedToken = FailureCode(rawValue: 103)
  /// A number that is none: an unknown unit, a lone point, too large.
  static let malformedNumber = FailureCode(rawValue: 104)
  /// A string with an escape that does not exist.
  static let malformedString = FailureCode(rawValue: 105)
  /// Brackets, blocks or operators in one another beyond what anyone reads.
  static let nestedTooDeep = FailureCode(rawValue: 106)
  /// A statement where it may not stand, such as `param` inside a block, or `row` outside a sweep.
  static let misplacedStatement = FailureCode(rawValue: 107)
}

// MARK: - E02xx: names

extension FailureCode {
  /// There is no such command.
  static let unknownCommand = FailureCode(rawValue: 201)
  /// There is no such method.
  static let unknownMethod = FailureCode(rawValue: 202)
  /// There is no such value.
  static let unknownValue = FailureCode(rawValue: 203)
  /// A word that cannot be bound as a name.
  static let reservedName = FailureCode(rawValue: 204)
  /// A value has no such part: `p.netwroks`.
  static let unknownMember = FailureCode(rawValue: 205)
  /// There is no such metric.
  static let unknownMetric = FailureCode(rawValue: 206)
  /// There is no such reader.
  static let unknownReader = FailureCode(rawValue: 207)
}

// MARK: - E03xx: arguments

extension FailureCode {
  /// An argument that has no default was not given.
  static let missingArgument = FailureCode(rawValue: 301)
  /// There is no argument of that name.
  static let unknownArgument = FailureCode(rawValue: 302)
  /// A value of another kind than expected.
  static let wrongKind = FailureCode(rawValue: 303)
  /// A number outside its range, or an index past the end.
  static let outOfRange = FailureCode(rawValue: 304)
  /// The same argument, or the same network, twice.
  static let givenTwice = FailureCode(rawValue: 305)
  /// The number of names is not the number of values.
  static let countMismatch = FailureCode(rawValue: 306)
  /// A word that is none of the choices.
  static let badChoice = FailureCode(rawValue: 307)
  /// More values than the command takes.
  static let tooManyArguments = FailureCode(rawValue: 308)
}

// MARK: - E08xx: plugins

extension FailureCode {
  /// A plugin cannot be compiled, since there is no compiler or none of the right version.
  static let noCompiler = FailureCode(rawValue: 801)
  /// A plugin's own text has mistakes.
  static let pluginDoesNotCompile = FailureCode(rawValue: 802)
  /// A plugin was compiled against another build of Basin.
  static let pluginOfAnotherBuild = FailureCode(rawValue: 803)
  /// A plugin says or gives what it must not.
  static let pluginMisbehaved = FailureCode(rawValue: 804)
  /// A plugin's program ended, or had to be ended: a crash, a hang, too much memory.
  static let pluginEnded = FailureCode(rawValue: 805)
}

// MARK: - E06xx, E07xx and E09xx: outcomes

extension FailureCode {
  /// An `expect` does not hold.
  static let expectationFailed = FailureCode(rawValue: 601)
  /// A replayed value differs from its receipt.
  static let replayDiffers = FailureCode(rawValue: 602)
  /// A budget of time ended before the work did; what there is was kept.
  static let budgetReached = FailureCode(rawValue: 701)
  /// A mistake of the program itself.
  static let internalFault = FailureCode(rawValue: 901)
}
