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

  public func loss(after swap: Swap) -> Double? { loss(after: prepared(swap)) }

  private func loss(after swap: basin_swap) -> Double {
    let parts = partCount
    let blocks = layout.blockCount
    let losses = [Double](unsafeUninitializedCapacity: blocks) { losses, count in
      let target = UnsafeSendable(losses)
      withState { state, layout in
        let state = UnsafeSendable(state)
        let layout = UnsafeSendable(layout)
        withUnsafePointer(to: swap) { swap in
          let swap = UnsafeSendable(swap)
          pool.run(count: parts) { part in
            basin_swap_losses(
              swap.value, layout.value, state.value, part, parts, target.value.baseAddress)
          }
        }
      }
      count = blocks
    }
    return losses.reduce(0, +) / Double(sampleCount)
  }
}
