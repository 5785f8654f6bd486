import Kernel

extension Row {
  static let curveRows = [
    curve(.wide, reach: 1.2), curve(.deep, reach: 9, isQuick: false),
  ]

  /// Loss and error at 25 points on the line between two networks, on both sets.
  private static func curve(_ pair: TrainedPair, reach: Double, isQuick: Bool = true) -> Row {
    Row(
      "curve_\(pair.name)", "\(pair.name): 25 points on the line, 60 000 + 10 000 samples",
      unit: "curve", reach: reach, isQuick: isQuick
    ) { workplace throws(Failure) in
      let data = try workplace.data()
      let networks = try workplace.networks(pair)
      let alphas = try Curve.grid(points: 25)
      return { () throws(Failure) in
        let (seconds, curves) = try timed { () throws(Failure) in
          try [data.train, data.test].map { set throws(Failure) in
            try Curve.measure(from: networks[0], to: networks[1], on: set, alphas: alphas)
          }
        }
        let middles = curves.map {
          "\($0.dataName.split(separator: " ").last ?? "") loss \(text($0.midpoint.loss, digits: 4)) "
            + "error \(text(100 * $0.midpoint.error, digits: 2)) %"
        }
        return Timing(
          seconds: seconds, detail: "at the middle: " + middles.joined(separator: ", "))
      }
    }
  }
}
