/// Every command there is, in the order of help.
enum CommandTable {
  /// The commands of all groups.
  static let all: [Command] =
    lookCommands + fileCommands + networkCommands + permutationCommands + searchCommands
    + measureCommands + tableCommands + sessionCommands

  static let lookCommands: [Command] = [
    .help, .find, .list, .show, .describe, .explain, .history,
  ]
  static let fileCommands: [Command] = [.forget, .print]
  static let networkCommands: [Command] = []
  static let permutationCommands: [Command] = []
  static let searchCommands: [Command] = [.method]
  static let measureCommands: [Command] = []
  static let tableCommands: [Command] = [
    .filter, .sort, .select, .stats, .minimum, .maximum, .mean, .count,
  ]
  static let sessionCommands: [Command] = [.run, .check, .set, .quit]
}
