/// Every command there is, in the order of help.
enum CommandTable {
  /// The commands of all groups.
  static let all: [Command] = lookCommands + tableCommands + sessionCommands

  static let lookCommands: [Command] = []
  static let tableCommands: [Command] = []
  static let sessionCommands: [Command] = []
}
