internal import CVector

// The sum over the blocks is in their order, so it is the same at any number of threads. It changes
// in its last digits where samples are put in another order: an evaluator that is asked for losses
// is not lazy and never does that.
extension IncrementalAverageEvaluator: AverageLossEvaluator {
  public var loss: Double {
    var idle = basin_swap()
    idle.networks = shape.networks
    idle.moving = 0
    setColumns(&idle, a: 0, b: 0)
    return loss(after: idle)
  }

  public func loss(after swaps: [Swap]) -> Double? {
    if swaps.count == 1 { return loss(after: prepared(swaps[0])) }
    var result = 0.0
    withChange(swaps) { change in
      let change = UnsafeSendable(change)
      result = meanLoss { layout, state, part, parts, losses in
        basin_change_losses(change.value, layout, state, part, parts, losses)
      }
    }
    return result
  }

  private func loss(after swap: basin_swap) -> Double {
    withUnsafePointer(to: swap) { swap in
      let swap = UnsafeSendable(swap)
      return meanLoss { layout, state, part, parts, losses in
        basin_swap_losses(swap.value, layout, state, part, parts, losses)
      }
    }
  }

  /// The mean of what `fill` says of the blocks, a part of them at a time.
  private func meanLoss(
    _ fill:
      @Sendable (
        UnsafePointer<basin_layout>, UnsafePointer<basin_logits>, Int, Int,
        UnsafeMutablePointer<Double>?
      ) -> Void
  ) -> Double {
    let parts = partCount
    let blocks = layout.blockCount
    let losses = [Double](unsafeUninitializedCapacity: blocks) { losses, count in
      let target = UnsafeSendable(losses.baseAddress)
      withState { state, layout in
        let state = UnsafeSendable(UnsafePointer(state))
        let layout = UnsafeSendable(layout)
        pool.run(count: parts) { part in
          fill(layout.value, state.value, part, parts, target.value)
        }
      }
      count = blocks
    }
    return losses.reduce(0, +) / Double(sampleCount)
  }
}
