import Kernel
import Testing

@testable import Workbench

@Suite struct CommandExampleTests {
  @Test(arguments: CommandTable.all.map(\.verb))
  func examplesOfHelpRunAsTheyStand(verb: String) throws {
    let command = try #require(CommandTable.all.first { $0.verb == verb })
    #expect(!command.examples.isEmpty, "`\(verb)` has no example")
    for example in command.examples {
      let bench = CommandBench()
      try bench.run((command.examplePreparation + [example]).joined(separator: "\n"))
    }
  }
}
