import org.jspecify.annotations.NullMarked;

/** Metrics of Doorward for Micrometer. */
@NullMarked
module io.doorward.auth.micrometer {
  requires transitive io.doorward.auth.core;
  requires transitive micrometer.core;

  exports io.doorward.auth.micrometer;
}
