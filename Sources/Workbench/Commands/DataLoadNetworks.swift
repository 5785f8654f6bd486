import Contract
import Kernel

/// What a call of `load` says of the networks in a file of another program.
struct StatedNetworks {
  private var shape: [Int]?
  private var architecture: Architecture?
  private var mapPath: String?

  init() {}

  /// What stands in the line; mistakes in it are told when it runs.
  init(_ call: StaticCall) {
    architecture = call.texts["architecture"].flatMap { try? Architecture($0) }
    mapPath = call.texts["map"]
  }

  /// - Throws: `badChoice` where the architecture is none, `outOfRange` for a shape that is none.
  init(_ call: Invocation) throws(Failure) {
    shape = try Self.shape(call)
    mapPath = call.textIfGiven("map")
    guard let text = call.textIfGiven("architecture") else { return }
    do throws(Failure) {
      architecture = try Architecture(text)
    } catch {
      throw Failure(.badChoice, "`architecture`: \(error.message)", notes: error.notes)
    }
  }

  /// Whether something is said that holds for networks only.
  var isOfNetworks: Bool { architecture != nil || mapPath != nil }

  /// The networks in a file.
  func networks(
    in file: ArrayFile, _ path: String, stop: StopSignal
  ) throws(Failure) -> [Network] {
    let map = try mapPath.map { path throws(Failure) in
      try NameMap(readingFrom: path, stop: stop)
    }
    return try NetworkFile.networks(
      in: file, path, inputShape: shape, architecture: architecture, map: map, stop: stop)
  }

  /// Pins the map, and tells what was taken for granted.
  func tell(of networks: [Network], _ call: Invocation) throws(Failure) {
    if let mapPath {
      call.pin(file: mapPath, hash: try ContentHash(ofFileAt: mapPath, stop: call.stop))
    }
    if let architecture, architecture.norm == .group, architecture.groups == nil {
      call.note(
        "group norms are taken to have 32 groups, or as many as leave two channels each; else state "
          + "them: groups=N")
    }
    let path = call.text("what")
    guard let network = networks.first, network.facts.contains(.init("from", path)),
      network.facts.contains(where: { $0.name == Network.assumedShapeFact })
    else { return }
    let extents = network.graph.inputShape
    let example = [extents[0]] + extents[1...].map { 2 * $0 }
    call.note(
      "samples of \(path) are taken to be \(shapeText(extents)); else state it: "
        + "shape=[\(example.map(String.init).joined(separator: ", "))]")
  }

  private static func shape(_ call: Invocation) throws(Failure) -> [Int]? {
    guard case .list(let values)? = call.value("shape")?.content else { return nil }
    let shape = try values.map { value throws(Failure) in
      guard case .integer(let extent) = value.content, extent > 0 else {
        throw Failure(
          .outOfRange, "`shape` holds \(value.content.described), and an extent is an int from 1 on"
        )
      }
      return extent
    }
    guard Memory.bytes(shape.reduce(1) { Memory.bytes($0, $1) }, 4) < Memory.limit else {
      throw Failure(.outOfRange, "`shape` is \(shapeText(shape)), more than a sample can have")
    }
    return shape
  }
}
