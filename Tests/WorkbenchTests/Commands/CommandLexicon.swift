import Plugins

@testable import Workbench

extension Lexicon {
  static let withMethods = Lexicon(
    commands: CommandTable.all,
    methods: [SharedAverageAnnealing.self, FunctionalDifference.self])
}
