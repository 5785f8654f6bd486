internal import CVector

// Moves of several swaps: each position of the average that changes loses its old activation and
// gains its new one, both summed over the networks anew.
extension IncrementalAverageEvaluator {
  /// How many samples are wrong after a move, or `nil` where they are more than `limit`.
  func changeErrors(after swaps: [Swap], limit: Int) -> Int? {
    let parts = partCount
    let total = FixedSums(count: 1)
    // Of a full count the number is asked, and of a lazy one the decision.
    let limit = isLazy ? limit : .max
    withChange(swaps) { change in
      withState { state, layout in
        let state = UnsafeSendable(state)
        let layout = UnsafeSendable(layout)
        let change = UnsafeSendable(change)
        pool.run(count: parts) { part in
          basin_change_count(
            change.value, layout.value, state.value, part, parts, limit, total.place(0))
        }
      }
    }
    return total.total > limit ? nil : total.total
  }

  /// Makes a move of several swaps.
  func commitChange(_ swaps: [Swap]) {
    let parts = partCount
    let counts = FixedSums(count: parts)
    withChange(swaps) { change in
      withState { state, layout in
        let state = UnsafeSendable(state)
        let layout = UnsafeSendable(layout)
        let change = UnsafeSendable(change)
        pool.run(count: parts) { part in
          counts.set(
            part, basin_change_commit(change.value, layout.value, state.value, part, parts))
        }
      }
    }
    errorCount = counts.total
    for swap in swaps { orders[swap.network].swapAt(swap.a, swap.b) }
  }

  /// Lends C what a move changes: at each position that it touches the networks' columns, and what
  /// multiplies the activation, before and after.
  func withChange(_ swaps: [Swap], _ body: (UnsafePointer<basin_change>) -> Void) {
    let positions = Set(swaps.flatMap { [$0.a, $0.b] }).sorted()
    // For each network where the unit comes from that a position gets.
    var sources: [[Int: Int]] = Array(repeating: [:], count: shape.networks)
    for swap in swaps { sources[swap.network] = [swap.a: swap.b, swap.b: swap.a] }
    var oldColumns: [UnsafePointer<Float>?] = []
    var newColumns: [UnsafePointer<Float>?] = []
    var weights = [Float](repeating: 0, count: shape.classes * positions.count * 2)
    for (place, position) in positions.enumerated() {
      let old = (0..<shape.networks).map { orders[$0][position] }
      let new = (0..<shape.networks).map { orders[$0][sources[$0][position] ?? position] }
      for network in 0..<shape.networks {
        oldColumns.append(column(network, old[network]))
        newColumns.append(column(network, new[network]))
      }
      for label in 0..<shape.classes {
        // Summed over the networks in order, old and new alike, as the rebuild does.
        var (after, before): (Float, Float) = (0, 0)
        for network in 0..<shape.networks {
          after += output(network, new[network], label)
          before += output(network, old[network], label)
        }
        let first = (label * positions.count + place) * 2
        weights[first] = after
        weights[first + 1] = -before
      }
    }
    oldColumns.withUnsafeBufferPointer { old in
      newColumns.withUnsafeBufferPointer { new in
        weights.withUnsafeBufferPointer { weights in
          var change = basin_change(
            networks: shape.networks, positions: positions.count, old_columns: old.baseAddress,
            new_columns: new.baseAddress, weights: weights.baseAddress)
          body(&change)
        }
      }
    }
  }
}
