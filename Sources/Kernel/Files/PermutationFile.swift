// Permutations in HDF5, npz and JSON: for each network one permutation for each group of axes,
// and which axes of which arrays a group moves, so that other programs can apply them.

/// Permutations of networks as they stand in a file.
public struct PermutationFile: Hashable, Sendable {
  /// The groups of axes, the same for all networks.
  public let groups: [Group]
  /// One for each network, with one permutation for each group.
  public let permutations: [NetworkPermutation]

  /// A group of axes that one permutation moves together.
  public struct Group: Hashable, Sendable {
    public let name: String
    /// The number of units.
    public let count: Int
    public let axes: [Axis]
  }

  /// One axis of one array, or a part of it, by the array's name.
  public struct Axis: Hashable, Sendable {
    public let parameter: String
    public let axis: Int
    /// How many neighbouring entries belong to one unit.
    public let block: Int
    /// The entry at which the first unit begins.
    public let start: Int
    /// The places on the array's first axis that the units are an axis of, where these are not all.
    public let rows: Range<Int>?
  }

  /// The permutations of networks of this structure.
  ///
  /// - Throws: `incompatible` where one is for another structure.
  public init(_ permutations: [NetworkPermutation], for graph: Graph) throws(Failure) {
    for (index, permutation) in permutations.enumerated() where !permutation.fits(graph) {
      throw Failure(
        .incompatible, "permutation \(index + 1) is for a network of another structure")
    }
    groups = Self.groups(of: graph)
    self.permutations = permutations
  }

  /// Permutations of groups that are known, such as those of a file read before.
  ///
  /// - Throws: `incompatible` where one is for other groups.
  public init(_ permutations: [NetworkPermutation], groups: [Group]) throws(Failure) {
    let sizes = groups.map(\.count)
    for (index, permutation) in permutations.enumerated()
    where permutation.groups.map(\.count) != sizes {
      throw Failure(.incompatible, "permutation \(index + 1) is for other layers")
    }
    self.groups = groups
    self.permutations = permutations
  }

  /// The groups of axes of networks of this structure.
  public static func groups(of graph: Graph) -> [Group] {
    graph.axisGroups.map { group in
      Group(
        name: group.name, count: group.count,
        axes: group.axes.map {
          Axis(
            parameter: graph.parameters[$0.parameter].name, axis: $0.axis, block: $0.block,
            start: $0.start, rows: $0.rows)
        })
    }
  }

  /// Throws unless the permutations are for networks of this structure.
  public func check(for graph: Graph) throws(Failure) {
    let expected = graph.axisGroups.map { "\($0.name) of \($0.count)" }
    let seen = groups.map { "\($0.name) of \($0.count)" }
    guard expected == seen else {
      throw Failure(
        .incompatible,
        "the permutations are for layers \(seen.joined(separator: ", ")), and the network has "
          + expected.joined(separator: ", "))
    }
  }

  // MARK: - Files

  private static let folder = "permutations"

  /// Writes the permutations; an ending `.json` gives JSON, `.h5` and `.npz` files of arrays.
  ///
  /// - Throws: `writeFailed`, or `unsupportedFormat` for other endings.
  public func write(to path: String) throws(Failure) {
    if path.lowercased().hasSuffix(".json") { return try SafeWrite.text(json.pretty, to: path) }
    guard let format = ArrayFile.Format(ending: path), format != .npy else {
      throw Failure(
        .unsupportedFormat, "the ending of `\(path)` tells no format for permutations",
        notes: ["name it .json, .h5, .npz, .safetensors or .pt"])
    }
    var file = ArrayFile()
    FileKind.permutations.mark(&file.metadata)
    file.metadata["groups"] = groupsJSON.compact
    for (index, permutation) in permutations.enumerated() {
      for (group, order) in zip(groups, permutation.groups) {
        file.arrays.append(
          NamedArray(
            name: "\(Self.folder)/\(index + 1)/\(group.name)", shape: [order.count],
            integers: order.sources))
      }
    }
    try file.write(to: path, format: format)
  }

  /// The permutations in a file, whose format is known by its first bytes.
  ///
  /// - Throws: `fileNotFound`, `fileMalformed`, or `badData` where something is no permutation.
  public init(readingFrom path: String, stop: StopSignal = StopSignal()) throws(Failure) {
    let beginning = try FileContent.beginning(of: path, count: 64)
    let first = beginning.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    if first == UInt8(ascii: "{") {
      try self.init(json: JSON.read(FileContent.read(path), source: path), source: path)
    } else {
      try self.init(arrays: ArrayFile.read(path, stop: stop), source: path)
    }
  }

  init(arrays file: ArrayFile, source: String) throws(Failure) {
    let kind = try FileKind.of(file.metadata, source: source)
    guard kind == .permutations, let text = file.metadata["groups"] else {
      throw kind?.instead(of: "permutations", source: source)
        ?? Failure(.fileMalformed, "`\(source)` holds no permutations")
    }
    let groups = try Self.groups(JSON.read(Array(text.utf8), source: source), source: source)
    var permutations: [NetworkPermutation] = []
    while file.arrays.contains(where: {
      $0.name.hasPrefix("\(Self.folder)/\(permutations.count + 1)/")
    }) {
      var orders: [Permutation] = []
      for group in groups {
        let array = try file.array("\(Self.folder)/\(permutations.count + 1)/\(group.name)")
        orders.append(try Self.permutation(array.integers(), of: group, source: source))
      }
      permutations.append(NetworkPermutation(groups: orders))
    }
    self.groups = groups
    self.permutations = permutations
  }

  private static func permutation(
    _ sources: [Int], of group: Group, source: String
  ) throws(Failure) -> Permutation {
    guard sources.count == group.count else {
      throw Failure(
        .badData,
        "`\(source)` reorders \(sources.count) units of `\(group.name)`, which has \(group.count)")
    }
    guard let permutation = Permutation(sources) else {
      throw Failure(
        .badData,
        "`\(source)`: what it holds for `\(group.name)` is no permutation of 0 to "
          + "\(group.count - 1)",
        notes: ["each number must stand there once"])
    }
    return permutation
  }
}

// MARK: - JSON

extension PermutationFile {
  var json: JSON {
    .object([
      .init(FileKind.kindName, .text(FileKind.permutations.rawValue)),
      .init(FileKind.versionName, .integer(FileKind.version)),
      .init("groups", groupsJSON),
      .init(
        "permutations",
        .array(
          permutations.map { permutation in
            .object(
              zip(groups, permutation.groups).map { group, order in
                .init(group.name, .array(order.sources.map { .integer($0) }))
              })
          })),
    ])
  }

  init(json: JSON, source: String) throws(Failure) {
    var metadata = Metadata()
    metadata[FileKind.kindName] = json[FileKind.kindName]?.text
    metadata[FileKind.versionName] = json[FileKind.versionName]?.integer.map(String.init)
    let kind = try FileKind.of(metadata, source: source)
    guard kind == .permutations, let groupsJSON = json["groups"],
      let elements = json["permutations"]?.elements
    else {
      throw kind == .permutations || kind == nil
        ? Failure(.fileMalformed, "`\(source)` holds no permutations")
        : Failure(.fileMalformed, "`\(source)` holds something else than permutations")
    }
    let groups = try Self.groups(groupsJSON, source: source)
    var permutations: [NetworkPermutation] = []
    for (index, element) in elements.enumerated() {
      var orders: [Permutation] = []
      for group in groups {
        guard let sources = element[group.name]?.integers else {
          throw Failure(
            .fileMalformed, "`\(source)`: permutation \(index + 1) has none for `\(group.name)`")
        }
        orders.append(try Self.permutation(sources, of: group, source: source))
      }
      guard element.members?.count == groups.count else {
        throw Failure(
          .fileMalformed, "`\(source)`: permutation \(index + 1) has more than the groups")
      }
      permutations.append(NetworkPermutation(groups: orders))
    }
    self.groups = groups
    self.permutations = permutations
  }

  fileprivate var groupsJSON: JSON { .array(groups.map(\.json)) }

  fileprivate static func groups(_ json: JSON, source: String) throws(Failure) -> [Group] {
    func fault() -> Failure {
      Failure(.fileMalformed, "`\(source)` describes its groups of axes wrongly")
    }
    var groups: [Group] = []
    for element in json.elements ?? [] {
      guard let name = element["name"]?.text, let count = element["count"]?.integer, count > 0,
        let listed = element["axes"]?.elements, !groups.contains(where: { $0.name == name })
      else { throw fault() }
      var axes: [Axis] = []
      for axis in listed {
        guard let parameter = axis["parameter"]?.text, let number = axis["axis"]?.integer,
          let block = axis["block"]?.integer, number >= 0, block > 0,
          let start = axis["start"].map(\.integer) ?? 0, start >= 0
        else { throw fault() }
        var rows: Range<Int>?
        if let listed = axis["rows"] {
          guard let ends = listed.integers, ends.count == 2, 0 <= ends[0], ends[0] < ends[1]
          else { throw fault() }
          rows = ends[0]..<ends[1]
        }
        axes.append(
          Axis(parameter: parameter, axis: number, block: block, start: start, rows: rows))
      }
      groups.append(Group(name: name, count: count, axes: axes))
    }
    return groups
  }
}

extension PermutationFile.Group {
  /// As files and plugins have it; what an axis has whole is not said.
  public var json: JSON {
    .object([
      .init("name", .text(name)), .init("count", .integer(count)),
      .init("axes", .array(axes.map(\.json))),
    ])
  }
}

extension PermutationFile.Axis {
  fileprivate var json: JSON {
    var members: [JSON.Member] = [
      .init("parameter", .text(parameter)), .init("axis", .integer(axis)),
      .init("block", .integer(block)),
    ]
    if start > 0 { members.append(.init("start", .integer(start))) }
    if let rows {
      members.append(
        .init("rows", .array([.integer(rows.lowerBound), .integer(rows.upperBound)])))
    }
    return .object(members)
  }
}
