import Contract
import Kernel

/// A search as a program is asked for it: a message, and a folder with the arrays.
struct ProgramSearchRequest {
  let json: JSON
  /// Removed with the request.
  let folder: PrivateFolder

  init(id: Int, method: String, settings: Settings, task: SearchTask) throws(Failure) {
    let graph = task.networks[0].graph
    let numbers =
      graph.parameterCount * task.networks.count + (task.data.map { $0.inputs.count } ?? 0)
    folder = try PrivateFolder(for: 4 * numbers)
    var networks: [JSON] = []
    for (index, network) in task.networks.enumerated() {
      networks.append(try Self.json(network, number: index + 1, in: folder))
    }
    // numpy takes any whole number; JSON's readers keep 53 bits.
    var random = task.random
    let seed = Int(random.next() >> 11)
    var state = JSON.null
    if let checkpoint = task.checkpoint {
      state = try JSON.read(checkpoint.bytes, source: "the checkpoint")
    }
    json = .object([
      .init("type", .text("search")), .init("id", .integer(id)), .init("method", .text(method)),
      .init("folder", .text(folder.path)), .init("settings", Self.json(settings)),
      .init("seed", .integer(seed)), .init("threads", .integer(task.pool.threadCount)),
      .init("networks", .array(networks)), .init("graph", graph.json),
      .init("groups", .array(PermutationFile.groups(of: graph).map(\.json))),
      .init("data", try Self.json(task.data, in: folder)),
      .init("start", task.start.map(ProgramPermutations.json) ?? .null),
      .init("start_word", task.startWord.map { .text($0) } ?? .null),
      .init("starts_at_random", .boolean(task.startsAtRandom)), .init("checkpoint", state),
    ])
  }

  private static func json(
    _ network: Network, number: Int, in folder: PrivateFolder
  ) throws(Failure) -> JSON {
    var parameters: [JSON] = []
    for (place, (declared, tensor)) in zip(network.graph.parameters, network.parameters)
      .enumerated()
    {
      let file = "network\(number)-\(place).npy"
      try folder.write(tensor, to: file)
      parameters.append(
        .object([
          .init("name", .text(declared.name)), .init("role", .text(declared.role.rawValue)),
          .init("file", .text(file)),
          .init("shape", .array(declared.shape.map { .integer($0) })),
        ]))
    }
    return .object([.init("parameters", .array(parameters))])
  }

  private static func json(_ data: DataSet?, in folder: PrivateFolder) throws(Failure) -> JSON {
    guard let data else { return .null }
    try folder.write(data.inputs, to: "inputs.npy")
    try folder.write(data.labels, to: "labels.npy")
    return .object([
      .init("name", .text(data.name)), .init("inputs", .text("inputs.npy")),
      .init("labels", .text("labels.npy")), .init("classes", .integer(data.classCount)),
    ])
  }

  private static func json(_ settings: Settings) -> JSON {
    .object(
      settings.names.map { name in
        let value: JSON =
          switch settings[name] {
          case .integer(let number)?: .integer(number)
          case .real(let number)?: .real(number)
          case .yesNo(let flag)?: .boolean(flag)
          case .text(let text)?, .word(let text)?: .text(text)
          case .interval(let lower, let upper)?: .array([.real(lower), .real(upper)])
          case .permutations(let permutations)?: ProgramPermutations.json(permutations)
          case nil: .null
          }
        return .init(name, value)
      })
  }
}
