import Contract
import Kernel

extension Command {
  /// Writes data, networks and permutations for other programs and other days.
  static let save = Command(
    "save", .files, "write data, networks, permutations or a search's result to a file",
    details: """
      The ending says how: .h5, .npz, .safetensors and .pt for all, .json for permutations. Networks \
      keep how they were trained; one alone in a .pt, .safetensors or .npz file has PyTorch's names and \
      is what load_state_dict(strict=True) takes of torchvision's VGG and ResNets, too. Of a \
      result its permutations are written, or with \
      `what=networks` the networks as the search leaves them. What is loaded again is the same to \
      the last bit. `save session` writes what was run as a script, with a receipt after each line \
      that made a value; `replay` runs it again and compares. Left out are lines that failed, that \
      only looked, or whose values were replaced. An old file stays whole until the new one is; \
      folders that are missing are made. Stopped before it is done, nothing is written.
      """,
    positional: [
      Parameter(
        "value", .value([.network, .networks, .data, .permutations, .result, .list]),
        words: ["session"],
        help: "what to write: a value, a list of networks or data, or the word `session`"),
      Parameter("file", .path, help: "where to; the ending says in which format"),
    ],
    keywords: [
      Parameter(
        "what", .word(["permutations", "networks"]), default: "permutations",
        help: "which part of a result is written"),
      Parameter(
        "net", .value([.network]), isOptional: true,
        help: "a network that permutations are for, where it is not the one they came from"),
    ],
    results: .nothing, writes: ["file"], precheck: checkEnding,
    examples: [
      "save [a, b] nets/pair.h5", "save p permutations.json", "save train blobs.npz",
      "save session tuesday.basin",
    ],
    examplePreparation: Examples.result, seeAlso: ["load", "export", "replay"]
  ) { call throws(Failure) in
    guard let value = call.value("value") else {
      preconditionFailure("`save` ran without its argument")
    }
    let path = call.text("file")
    if case .symbol("session") = value.content {
      try saveSession(to: path, call)
      return []
    }
    try SavePath.makeFolder(for: path)
    let summary = try saved(value.content, to: path, call)
    call.session.host.show(.text("wrote \(path): \(summary)"))
    return []
  }

  /// Writes the session as a script with receipts.
  private static func saveSession(to path: String, _ call: Invocation) throws(Failure) {
    guard call.session.cell == nil else {
      throw Failure(.misplacedStatement, "`save session` cannot stand in a sweep")
    }
    try checkSessionEnding(path)
    let script = try SessionScript(call.session)
    try SavePath.makeFolder(for: path)
    try SafeWrite.text(script.text, to: path)
    for warning in script.warnings { call.note(warning) }
    let statements = Content.counted(script.statementCount, "statement")
    let receipts = Content.counted(script.receiptCount, "receipt")
    call.session.host.show(.text("wrote \(path): \(statements), \(receipts)"))
  }

  private static func checkSessionEnding(_ path: String) throws(Failure) {
    guard path.hasSuffix(".basin") else {
      throw Failure(
        .unsupportedFormat, "a session is saved as a script: `\(path)` must end in .basin")
    }
  }

  /// Throws where the ending tells no format for what is written, as far as that is known.
  private static let checkEnding: @Sendable (StaticCall) throws(Failure) -> Void = {
    call throws(Failure) in
    guard let path = call.texts["file"] else { return }
    let kind = call.kinds["value"]
    if kind == .symbol { return try checkSessionEnding(path) }
    let isOrders =
      kind == .permutations || kind == .result && call.texts["what"] != "networks"
    if let format = ArrayFile.Format(ending: path), format != .npy { return }
    // Of a value that is not known yet only the endings are that nothing is written to.
    if SavePath.ending(of: path) == "json", kind == nil || isOrders { return }
    let endings =
      [".h5", ".npz", ".safetensors", ".pt"] + (isOrders || kind == nil ? [".json"] : [])
    let isForExport = ExportFormat(rawValue: SavePath.ending(of: path)) != nil
    throw Failure(
      .unsupportedFormat, "the ending of `\(path)` tells no format of `save`",
      notes: ["name it \(endings.joined(separator: ", "))"]
        + (isForExport ? ["`export` writes tables, curves and pictures"] : []))
  }

  /// Writes a value and says what was written.
  private static func saved(
    _ content: Content, to path: String, _ call: Invocation
  ) throws(Failure) -> String {
    switch content {
    case .data(let data):
      try DataSet.write([data], to: path, stop: call.stop)
      return content.brief
    case .list(let values) where values.contains(where: { $0.kind == .data }):
      let sets = try values.map { value throws(Failure) -> DataSet in
        guard case .data(let data) = value.content else {
          throw Failure(
            .wrongKind, "one file holds data or networks; got data and \(value.content.described)")
        }
        return data
      }
      try DataSet.write(sets, to: path, stop: call.stop)
      return "data, \(sets.map { "\($0.count)" }.joined(separator: " and ")) samples"
    case .result(let result) where call.text("what") == "permutations":
      guard let permutations = result.permutations else {
        throw Failure(
          .wrongKind, "`\(result.method.id)` learns weights and has no permutations",
          notes: ["write its networks: `what=networks`"])
      }
      try PermutationFile(permutations, for: result.networksBefore[0].graph).write(to: path)
      return Content.permutations(permutations, layers: result.layers).brief
    case .permutations(let permutations, let layers):
      let file =
        call.isGiven("net")
        ? try PermutationFile(permutations, for: call.network("net").graph)
        : try PermutationFile(permutations, groups: layers)
      try file.write(to: path)
      return content.brief
    default:
      let networks = content.allNetworks
      guard !networks.isEmpty else {
        throw Failure(.wrongKind, "there is no network in \(content.described)")
      }
      try NetworkFile.write(networks, to: path, stop: call.stop)
      return Content.networks(networks).brief
    }
  }
}
