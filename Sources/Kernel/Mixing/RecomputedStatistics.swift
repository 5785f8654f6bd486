extension Network {
  /// The network with the running statistics of its batch normalizations measured anew.
  ///
  /// Statistics of an average are not the average of statistics: units of averaged weights have
  /// other means, and less variance, than those of the networks it was made of (Izmailov et al. 2018,
  /// arXiv:1803.05407; Wortsman et al. 2021, arXiv:2102.10472; Jordan et al. 2022, arXiv:2211.08403).
  /// One pass in batches of about 256 samples in a fixed random order, each normalized by its own
  /// statistics; their means over the batches are kept, of variances the unbiased ones. A network
  /// without batch normalization is given back as it is.
  ///
  /// - Parameters:
  ///   - samples: How many samples of the order are looked at; all where nothing is given.
  ///   - progress: Takes the share of the pass.
  /// - Throws: `stopped` where `stop` was raised before every sample was seen.
  public func withRecomputedStatistics(
    on data: DataSet, samples: Int? = nil, pool: WorkPool = .shared,
    stop: StopSignal = StopSignal(), progress: (Double) -> Void = { _ in }
  ) throws(Failure) -> Network {
    try checkTakes(data)
    try checkFinite(stop: stop)
    guard graph.usesBatchStatistics else { return self }
    let pass = try CalibrationPass(
      over: data, for: graph, samples: samples, pool: pool, stop: stop)
    return with(statistics: try pass.moments(of: self, progress: progress))
  }

  /// The network with other running statistics.
  func with(statistics: [Int: UnitMoments]) -> Network {
    var result = self
    for (node, moments) in statistics {
      for (role, values) in [
        (Graph.Parameter.Role.runningMean, moments.means), (.runningVariance, moments.variances),
      ] {
        guard let place = graph.parameterIndex(of: node, role: role) else { continue }
        result.parameters[place] = Tensor(
          shape: parameters[place].shape, values: values.map { Float($0) })
      }
    }
    return result
  }
}
