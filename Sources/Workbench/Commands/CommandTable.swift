/// Every command there is, in the order of help.
enum CommandTable {
  /// The commands of all groups.
  static let all: [Command] =
    lookCommands + fileCommands + networkCommands + permutationCommands + searchCommands
    + measureCommands + tableCommands + sessionCommands

  static let lookCommands: [Command] = []
  static let fileCommands: [Command] = [.make, .peek, .split]
  static let networkCommands: [Command] = [.train, .shuffle, .blend, .average, .distance]
  static let permutationCommands: [Command] = [.apply, .compose, .invert]
  static let searchCommands: [Command] = []
  static let measureCommands: [Command] = [.eval]
  static let tableCommands: [Command] = []
  static let sessionCommands: [Command] = []
}
