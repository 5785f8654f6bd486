import ArgumentParser

@main
struct Basin: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "basin")
}
