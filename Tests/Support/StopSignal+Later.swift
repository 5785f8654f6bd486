import Foundation
import Kernel

extension StopSignal {
  /// A signal that another thread raises after some time, as Ctrl-C would.
  public static func raised(afterMicroseconds pause: Int) -> StopSignal {
    let stop = StopSignal()
    Thread {
      usleep(UInt32(pause))
      stop.raise()
    }.start()
    return stop
  }
}
