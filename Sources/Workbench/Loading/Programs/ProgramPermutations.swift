import Kernel

/// Permutations in messages: per network a list per group of axes of the units' sources.
enum ProgramPermutations {
  static func json(_ permutations: [NetworkPermutation]) -> JSON {
    .array(
      permutations.map { permutation in
        .array(permutation.groups.map { .array($0.sources.map { .integer($0) }) })
      })
  }

  /// The permutations of networks, each checked.
  ///
  /// - Parameter what: What holds them, as the beginning of a sentence.
  /// - Throws: `pluginMisbehaved`, which says where and how they are none.
  static func read(
    _ json: JSON, for networks: [Network], what: String
  ) throws(Failure) -> [NetworkPermutation] {
    func fault(_ sentence: String, notes: [String] = []) -> Failure {
      Failure(.pluginMisbehaved, "\(what) \(sentence)", notes: notes)
    }
    guard let lists = json.elements else { throw fault("has permutations that are no list") }
    guard lists.count == networks.count else {
      throw fault("has \(lists.count) permutations for \(networks.count) networks")
    }
    let groups = networks[0].graph.axisGroups
    var result: [NetworkPermutation] = []
    for (index, list) in lists.enumerated() {
      let network = "network \(index + 1)"
      guard let orders = list.elements else { throw fault("has no list for \(network)") }
      guard orders.count == groups.count else {
        throw fault(
          "permutes \(orders.count) layers of \(network), which has \(groups.count) hidden ones")
      }
      var permutations: [Permutation] = []
      for (group, order) in zip(groups, orders) {
        let place = "layer `\(group.name)` of \(network)"
        guard let sources = order.integers else {
          throw fault("has no list of whole numbers for \(place)")
        }
        guard sources.count == group.count else {
          throw fault("has \(sources.count) numbers for \(place), which has \(group.count) units")
        }
        guard let permutation = Permutation(sources) else {
          throw fault(
            "has no permutation for \(place): \(mistake(in: sources))",
            notes: ["each of 0 to \(group.count - 1) must stand there once"])
        }
        permutations.append(permutation)
      }
      result.append(NetworkPermutation(groups: permutations))
    }
    return result
  }

  /// What keeps numbers from being a permutation.
  private static func mistake(in sources: [Int]) -> String {
    var isSeen = [Bool](repeating: false, count: sources.count)
    for source in sources {
      guard sources.indices.contains(source) else { return "\(source) is none of its units" }
      if isSeen[source] {
        let missing = sources.indices.first { !sources.contains($0) }
        return "\(source) stands twice" + (missing.map { ", and \($0) is missing" } ?? "")
      }
      isSeen[source] = true
    }
    return "it is none"
  }
}

/// Networks that a program learned: npy files of their parameters.
enum ProgramLearnedNetworks {
  static func read(
    _ fields: ProgramFields, for given: [Network], folder: PrivateFolder
  ) throws(Failure) -> [Network] {
    guard let lists = try fields.list("networks") else {
      throw fields.fault("has neither `permutations` nor `networks`")
    }
    guard lists.count == given.count else {
      throw fields.fault("has \(lists.count) networks for \(given.count) networks")
    }
    var networks: [Network] = []
    for (index, (list, network)) in zip(lists, given).enumerated() {
      var tensors: [Tensor] = []
      for parameter in network.graph.parameters {
        let what = "`\(parameter.name)` of network \(index + 1)"
        guard let file = list[parameter.name]?.text else { throw fields.fault("lacks \(what)") }
        let array = try folder.read(
          file, limit: 8 * parameter.shape.reduce(1, *), for: "\(fields.what): \(what)")
        guard array.shape == parameter.shape else {
          throw fields.fault(
            "gives \(what) the shape \(shapeText(array.shape)), and it is "
              + shapeText(parameter.shape))
        }
        let tensor = Tensor(shape: array.shape, values: array.floats)
        guard tensor.isFinite else {
          throw fields.fault("has a value in \(what) that is no finite number")
        }
        tensors.append(tensor)
      }
      networks.append(network.with(parameters: tensors))
    }
    return networks
  }
}

extension PrivateFolder {
  /// The array in a file that a program left here.
  ///
  /// - Parameters:
  ///   - limit: The most bytes that its elements may have.
  ///   - what: What the array is, as the beginning of a sentence.
  func read(_ name: String, limit: Int, for what: String) throws(Failure) -> NamedArray {
    func fault(_ sentence: String) -> Failure { Failure(.pluginMisbehaved, "\(what) \(sentence)") }
    guard !name.isEmpty, !name.contains("/"), name != "..", FileContent.exists(file(name)) else {
      throw fault("is in no file `\(name)` of the request's folder")
    }
    // 4 KiB: more than the header of an array of numbers.
    guard try FileContent.size(of: file(name)) <= limit + 4_096 else {
      throw fault("has more numbers than can be: `\(name)` is too large")
    }
    do throws(Failure) {
      let arrays = try ArrayFile.read(file(name)).arrays
      guard arrays.count == 1, let array = arrays.first else {
        throw fault("is in `\(name)`, which is no npy file")
      }
      return array
    } catch {
      throw fault("cannot be read: \(error.message)")
    }
  }
}
