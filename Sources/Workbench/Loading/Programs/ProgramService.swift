import Contract
import Kernel

/// What a program may have computed for it during a search, by fast kernels.
struct ProgramService {
  let task: SearchTask
  let name: String

  /// The answer to a message `ask`; what cannot be computed is refused with a sentence.
  func answer(_ message: ProgramMessage) throws(Failure) -> JSON {
    let fields = message.fields
    let what = try fields.requiredText("what")
    var members: [JSON.Member] = [
      .init("type", .text("answer")), .init("id", .integer(message.id ?? 0)),
      .init("ask", fields["ask"] ?? .null),
    ]
    do throws(Failure) {
      switch what {
      case "average_score": members += try averageScore(fields)
      case "barrier": members += try barrier(fields)
      default:
        throw Failure(.pluginMisbehaved, "nothing named `\(what)` can be asked for")
      }
    } catch {
      members.append(
        error.code == .stopped
          ? .init("stopped", .boolean(true)) : .init("refused", .text(error.message)))
    }
    return .object(members)
  }

  /// The loss and error of the average of the networks, each permuted first.
  private func averageScore(_ fields: ProgramFields) throws(Failure) -> [JSON.Member] {
    let (data, permutations) = (try data, try permutations(fields))
    let average = Network.average(of: task.networks, permutedBy: permutations)
    let score = try average.score(on: data, pool: task.pool, stop: task.stop)
    return [.init("loss", .real(score.loss)), .init("error", .real(score.error))]
  }

  /// The barriers between two of the networks, the first two unless `between` says which.
  private func barrier(_ fields: ProgramFields) throws(Failure) -> [JSON.Member] {
    let (data, permutations) = (try data, try permutations(fields))
    let pair = fields["between"]?.integers ?? [0, 1]
    guard pair.count == 2, pair.allSatisfy(task.networks.indices.contains) else {
      throw Failure(.pluginMisbehaved, "`between` names no two of the networks, counted from 0")
    }
    let ends = pair.map { task.networks[$0].permuted(by: permutations[$0], pool: task.pool) }
    let points = try fields.integer("points") ?? 25
    guard (3...1001).contains(points) else {
      throw Failure(.pluginMisbehaved, "`points` is \(points), and goes from 3 to 1001")
    }
    let barrier = Barrier(
      curve: try Curve.measure(
        from: ends[0], to: ends[1], on: data, alphas: Curve.grid(points: points), pool: task.pool,
        stop: task.stop))
    return [.init("loss", .real(barrier.loss.height)), .init("error", .real(barrier.error.height))]
  }

  private var data: DataSet {
    get throws(Failure) {
      guard let data = task.data else {
        throw Failure(.pluginMisbehaved, "the search was given no data to score on")
      }
      return data
    }
  }

  private func permutations(_ fields: ProgramFields) throws(Failure) -> [NetworkPermutation] {
    guard let json = fields["permutations"] else {
      throw Failure(.pluginMisbehaved, "there are no `permutations` to score")
    }
    return try ProgramPermutations.read(json, for: task.networks, what: "what was asked for")
  }
}
