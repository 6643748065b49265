package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How much of a node logins may use: cores, database connections and background work. What does not
 * fit is answered as unavailable at once, so that a storm of logins leaves the rest of the
 * application alone. Immutable and thread-safe.
 *
 * <p>Callers wait in two lanes. Clients on known devices have one of their own, see {@link
 * AuthServiceBuilder#deviceCookieLifetime}; each lane has the full queue.
 *
 * @param hashing concurrent hashes. Each permit costs a core and, with the standard hasher, 19 MiB
 *     while it is in use. Default: as many permits as cores, and four waiting callers for each
 * @param loginReads concurrent database reads of logins that miss the cache or cannot reach it, so
 *     that a lost cache does not use up every connection. Default: 3, and 256 waiting. Keep the sum
 *     of all such limits below the size of the connection pool
 * @param versionProbes concurrent reads by primary key that compare a cached credential with the
 *     database: before a login is rejected from the cache, and with {@link
 *     AuthServiceBuilder#verifyHits} at every hit. Default: one, and 64 waiting. If the queue is
 *     full, a rejection from the cache stands, as it does in a database outage; a hit is read
 *     through {@code loginReads} instead
 * @param backgroundDeadline how long one background task may take; default 2 s
 * @param backgroundQueue how many tasks may wait for the service's own pool of two threads; further
 *     tasks are dropped, with an event. Default 1,024
 * @param rememberedTokens how many access tokens that passed are remembered, so that their
 *     signatures need not be verified again, about 1 KB each. Default 10,000
 */
public record Capacity(
    Limit hashing,
    Limit loginReads,
    Limit versionProbes,
    Duration backgroundDeadline,
    int backgroundQueue,
    int rememberedTokens) {
  private static final int MAX = 1 << 20;
  private static final int HASHES_WAITING = 4;

  /**
   * Checks the numbers.
   *
   * @param hashing see the type
   * @param loginReads see the type
   * @param versionProbes see the type
   * @param backgroundDeadline see the type
   * @param backgroundQueue see the type
   * @param rememberedTokens see the type
   * @throws IllegalArgumentException if {@code backgroundDeadline} is not positive, {@code
   *     backgroundQueue} is not 1 to 1,048,576 or {@code rememberedTokens} not 0 to 1,048,576
   */
  public Capacity {
    requireNonNull(hashing, "hashing");
    requireNonNull(loginReads, "loginReads");
    requireNonNull(versionProbes, "versionProbes");
    requireNonNull(backgroundDeadline, "backgroundDeadline");
    if (backgroundDeadline.isNegative() || backgroundDeadline.isZero()) {
      throw new IllegalArgumentException(
          "backgroundDeadline must be positive: " + backgroundDeadline);
    }
    requireRange("backgroundQueue", backgroundQueue, 1);
    requireRange("rememberedTokens", rememberedTokens, 0);
  }

  /**
   * A bound for callers that do the same at the same time.
   *
   * @param permits how many run at once, 1 to 1,048,576
   * @param queue how many more may wait in each lane, 0 to 1,048,576
   */
  public record Limit(int permits, int queue) {
    /**
     * Checks the numbers.
     *
     * @param permits see the type
     * @param queue see the type
     * @throws IllegalArgumentException if a number is out of range
     */
    public Limit {
      requireRange("permits", permits, 1);
      requireRange("queue", queue, 0);
    }
  }

  /**
   * Returns the defaults that the components name, for this machine.
   *
   * @return the numbers
   */
  public static Capacity defaults() {
    int cores = Runtime.getRuntime().availableProcessors();
    return new Capacity(
        new Limit(cores, HASHES_WAITING * cores),
        new Limit(3, 256),
        new Limit(1, 64),
        Duration.ofSeconds(2),
        1_024,
        10_000);
  }

  /**
   * Sets the limit of hashing.
   *
   * @param permits how many hashes run at once, 1 to 1,048,576
   * @param queue how many callers may wait in each lane, 0 to 1,048,576
   * @return new numbers
   * @throws IllegalArgumentException if a number is out of range
   */
  public Capacity withHashing(int permits, int queue) {
    return new Capacity(
        new Limit(permits, queue),
        loginReads,
        versionProbes,
        backgroundDeadline,
        backgroundQueue,
        rememberedTokens);
  }

  /**
   * Sets the limit of database reads of logins.
   *
   * @param permits how many run at once, 1 to 1,048,576
   * @param queue how many callers may wait in each lane, 0 to 1,048,576
   * @return new numbers
   * @throws IllegalArgumentException if a number is out of range
   */
  public Capacity withLoginReads(int permits, int queue) {
    return new Capacity(
        hashing,
        new Limit(permits, queue),
        versionProbes,
        backgroundDeadline,
        backgroundQueue,
        rememberedTokens);
  }

  /**
   * Sets the limit of comparisons with the database.
   *
   * @param permits how many run at once, 1 to 1,048,576
   * @param queue how many callers may wait in each lane, 0 to 1,048,576
   * @return new numbers
   * @throws IllegalArgumentException if a number is out of range
   */
  public Capacity withVersionProbes(int permits, int queue) {
    return new Capacity(
        hashing,
        loginReads,
        new Limit(permits, queue),
        backgroundDeadline,
        backgroundQueue,
        rememberedTokens);
  }

  /**
   * Sets the limits of background work.
   *
   * @param deadline how long one task may take; positive
   * @param queue how many tasks may wait, 1 to 1,048,576; ignored with {@link
   *     AuthServiceBuilder#backgroundExecutor}
   * @return new numbers
   * @throws IllegalArgumentException if a number is out of range
   */
  public Capacity withBackground(Duration deadline, int queue) {
    return new Capacity(
        hashing,
        loginReads,
        versionProbes,
        requireNonNull(deadline, "deadline"),
        queue,
        rememberedTokens);
  }

  /**
   * Sets how many access tokens that passed are remembered.
   *
   * @param tokens 0 to 1,048,576; with 0 every signature is verified at every check
   * @return new numbers
   * @throws IllegalArgumentException if it is out of range
   */
  public Capacity withRememberedTokens(int tokens) {
    return new Capacity(
        hashing, loginReads, versionProbes, backgroundDeadline, backgroundQueue, tokens);
  }

  private static void requireRange(String what, int value, int min) {
    if (value < min || value > MAX) {
      throw new IllegalArgumentException(what + " must be " + min + " to " + MAX + ": " + value);
    }
  }
}
