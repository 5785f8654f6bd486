import Kernel

extension Conformance {
  /// What a check throws that was asked to end.
  static let stopped = Failure(.stopped, "the check was stopped")

  /// A method under test, with what it takes to run it.
  struct Subject: Sendable {
    let method: SearchMethod
    let given: [String: Setting]
    /// Ends the check, and each run of the method with it.
    var stop = StopSignal()

    var card: MethodCard { method.card }

    /// The method with its settings.
    ///
    /// `steps` means the same everywhere, and a check has not the time
    /// for as many as a search: a few hundred, unless the caller says.
    func make() throws(Failure) -> any Searcher {
      var given = given
      if let steps = card.parameters.first(where: { $0.name == "steps" }), given["steps"] == nil,
        case .integer(let range) = steps.kind
      {
        given["steps"] = .integer(min(max(400, range.lowerBound), range.upperBound))
      }
      return try method.make(Settings(defaultsOf: card, given))
    }

    /// How many networks to try it with: as few as it takes, and one more where it may.
    var networkCounts: [Int] {
      let fewest = max(card.networkCount.lowerBound, 2)
      return [fewest, fewest + 1].filter(card.networkCount.contains)
    }

    /// Widths like these that the method can take, for so many networks.
    func widths(_ hidden: [Int] = [7, 7], networks: Int = 2) -> [Int] {
      let hidden = Array(hidden.prefix(card.mostHiddenLayers ?? hidden.count))
      guard card.isExhaustive else { return hidden }
      // 6! · 2 orders for each network that moves: enough for it to be stopped on the way.
      return hidden.enumerated().map { min($1, $0 == 0 ? (networks > 2 ? 4 : 6) : 2) }
    }

    /// Independent networks of such widths.
    func problem(independent count: Int, hidden: [Int] = [7, 7]) -> Problem {
      Problem(
        independent: count, hidden: widths(hidden, networks: count), inputShape: inputShape)
    }

    /// The shape of a sample that the method can take.
    var inputShape: [Int] {
      guard let most = card.mostInputs, most < 9 else { return Problem.usualShape }
      return [most]
    }

    /// Runs the method on a problem.
    ///
    /// - Parameter stop: A signal within the subject's own.
    /// - Throws: What the search throws; `stopped` where the check is to end.
    func run(
      _ problem: Problem, pool: WorkPool = WorkPool(threadCount: 1),
      stop: StopSignal? = nil, progress: ProgressSink = .none,
      checkpoint: SearchCheckpoint? = nil
    ) throws(Failure) -> SearchOutcome {
      try checkStop()
      let outcome = try make().search(
        SearchTask(
          networks: problem.networks, data: problem.data,
          random: RandomStream(seed: 5, name: "conformance"), pool: pool, stop: stop ?? self.stop,
          progress: progress, checkpoint: checkpoint))
      try checkStop()
      return outcome
    }

    /// Throws where the check is to end: an outcome that was stopped says nothing of the method.
    func checkStop() throws(Failure) {
      guard !stop.isRaised else { throw Conformance.stopped }
    }
  }

  /// Networks and data with a known answer.
  struct Problem: Sendable {
    var networks: [Network]
    var data: DataSet

    /// Networks of one architecture, the data labelled by the first: its error is zero.
    init(networks: [Network], sampleCount: Int = 96) {
      self.networks = networks
      let graph = networks[0].graph
      var stream = RandomStream(seed: 11, name: "conformance data")
      let values = (0..<sampleCount * graph.featureCount(of: 0)).map { _ in
        Float(stream.nextNormalPair().0)
      }
      let inputs = Tensor(shape: [sampleCount] + graph.inputShape, values: values)
      let logits = networks[0].logits(of: inputs, pool: WorkPool(threadCount: 1)).values
      let classes = graph.classCount
      let labels = (0..<sampleCount).map { sample in
        let row = logits[sample * classes..<(sample + 1) * classes]
        return UInt8((row.firstIndex(of: row.max() ?? 0) ?? row.startIndex) - row.startIndex)
      }
      data = DataSet(
        name: "made for a check", inputs: inputs, labels: labels, classCount: classes)
    }

    /// Independent networks with two hidden layers of equal width, the usual case of a search.
    init(independent count: Int, hidden: [Int] = [7, 7], inputShape: [Int] = usualShape) {
      self.init(
        networks: (0..<count).map {
          Self.network(hidden: hidden, number: $0, inputShape: inputShape)
        })
    }

    /// The same network several times.
    init(equal count: Int, hidden: [Int], inputShape: [Int] = usualShape) {
      let network = Self.network(hidden: hidden, number: 0, inputShape: inputShape)
      self.init(networks: Array(repeating: network, count: count))
    }

    static let usualShape = [1, 3, 3]

    static func network(
      hidden: [Int], number: Int, inputShape: [Int] = usualShape
    ) -> Network {
      Network(
        graph: .mlp(inputShape: inputShape, hidden: hidden, classes: 4), initial: .uniform,
        from: RandomStream(seed: 3, name: "conformance network").child("number", number))
    }

    /// The weights as plain numbers, apart from the networks' own memory.
    var weightBits: [[UInt32]] {
      networks.flatMap { network in network.parameters.map { $0.values.map(\.bitPattern) } }
    }
  }
}
