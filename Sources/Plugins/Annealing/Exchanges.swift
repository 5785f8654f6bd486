import Foundation
import Kernel

/// Which replica of a parallel tempering has which temperature, and how often neighbours exchanged
/// them.
///
/// Swendsen and Wang (1986): two replicas with costs E₁, E₂ at temperatures T₁, T₂ exchange these
/// with probability min(1, exp((1/T₁ − 1/T₂)(E₁ − E₂))), which leaves their joint distribution as it
/// is.
struct Exchanges: Sendable, Codable {
  /// Moves of every replica between two exchanges.
  static let interval = 100

  let temperatures: Temperatures
  /// The replica at each place of the ladder, the coldest first.
  private(set) var replicas: [Int]
  /// How often the replicas at a place and the next were to exchange, and did.
  private(set) var tried: [Int]
  private(set) var made: [Int]
  /// How many times all were through.
  private(set) var rounds = 0
  private var streamPosition: UInt64 = 0

  init(temperatures: Temperatures, count: Int) {
    self.temperatures = temperatures
    replicas = Array(0..<count)
    tried = Array(repeating: 0, count: count - 1)
    made = tried
  }

  /// The temperature of a place: a geometric ladder from the lowest to the highest.
  func temperature(at place: Int) -> Double {
    let (low, high) = (temperatures.lowest, temperatures.highest)
    // The ends exactly.
    if place == 0 { return low }
    if place == replicas.count - 1 { return high }
    return low * pow(high / low, Double(place) / Double(replicas.count - 1))
  }

  /// Exchanges neighbours, every other two of them in turn.
  ///
  /// A number is drawn for each two, also where it is not needed.
  ///
  /// - Parameters:
  ///   - costs: Of each replica, in the unit of the temperatures.
  ///   - stream: Of these exchanges alone.
  mutating func exchange(costs: [Double], from stream: RandomStream) {
    var stream = stream
    stream.move(to: streamPosition)
    for place in stride(from: rounds % 2, to: replicas.count - 1, by: 2) {
      let (colder, hotter) = (costs[replicas[place]], costs[replicas[place + 1]])
      let slope = 1 / temperature(at: place) - 1 / temperature(at: place + 1)
      tried[place] += 1
      if log(stream.nextPositiveUnit()) <= slope * (colder - hotter) {
        replicas.swapAt(place, place + 1)
        made[place] += 1
      }
    }
    streamPosition = stream.position
    rounds += 1
  }

  /// The share of exchanges made between each two neighbours that were tried.
  var rates: [Double] {
    zip(made, tried).compactMap { $1 > 0 ? Double($0) / Double($1) : nil }
  }

  /// Whether this, read from a file that anybody can write to, can be of so many chains with
  /// so many steps each.
  func isPossible(chains count: Int, steps: Int) -> Bool {
    count > 1 && replicas.sorted() == Array(0..<count) && tried.count == count - 1
      && made.count == count - 1
      && zip(made, tried).allSatisfy { 0 <= $0 && $0 <= $1 && $1 <= rounds }
      && (0...(steps + Self.interval - 1) / Self.interval).contains(rounds)
      && streamPosition < 1 << 62 && 0 < temperatures.lowest
      && temperatures.lowest <= temperatures.highest && temperatures.highest.isFinite
  }
}
