/// Every command there is, in the order of help.
enum CommandTable {
  /// The commands of all groups.
  static let all: [Command] =
    lookCommands + fileCommands + networkCommands + permutationCommands + searchCommands
    + measureCommands + tableCommands + sessionCommands

  static let lookCommands: [Command] = [
    .help, .find, .list, .show, .describe, .explain, .diff, .history,
  ]
  static let fileCommands: [Command] = [.load, .make, .peek, .split, .save, .forget, .print]
  static let networkCommands: [Command] = [
    .train, .shuffle, .balance, .blend, .average, .recalibrate, .distance, .pairs,
  ]
  static let permutationCommands: [Command] = [.apply, .compose, .invert]
  static let searchCommands: [Command] = [.search, .method, .resume]
  static let measureCommands: [Command] = [
    .eval, .curve, .barrier, .compare, .ensemble, .layers, .transitivity, .similarity, .gap,
  ]
  static let tableCommands: [Command] = [
    .filter, .sort, .select, .group, .stats, .minimum, .maximum, .mean, .count, .fit, .indirect,
    .pick, .sweep,
    .row, .plot, .export,
  ]
  static let sessionCommands: [Command] = [.run, .replay, .check, .set, .plugin, .quit]
}
