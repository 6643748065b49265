package io.doorward.auth.redis.client;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;

/**
 * Which node of a cluster has which slot, as {@code CLUSTER SLOTS} tells it. Read here and not by
 * Jedis, whose map belongs to pools without bounds. Immutable.
 */
final class SlotMap {
  private final @Nullable HostAndPort[] owners;
  private final List<HostAndPort> primaries;
  private final Set<HostAndPort> nodes;

  private SlotMap(
      @Nullable HostAndPort[] owners, List<HostAndPort> primaries, Set<HostAndPort> nodes) {
    this.owners = owners;
    this.primaries = primaries;
    this.nodes = nodes;
  }

  /**
   * Reads a node's answer.
   *
   * @param asked the node that answered, which may leave its own address out
   * @param answer ranges: first and last slot, the primary, then its replicas
   * @return empty if it names no primary or is something else
   */
  static Optional<SlotMap> parse(HostAndPort asked, @Nullable Object answer) {
    if (!(answer instanceof List<?> ranges)) {
      return Optional.empty();
    }
    @Nullable HostAndPort[] owners = new HostAndPort[Protocol.CLUSTER_HASHSLOTS];
    Set<HostAndPort> primaries = new LinkedHashSet<>();
    Set<HostAndPort> nodes = new LinkedHashSet<>();
    for (Object each : ranges) {
      if (!(each instanceof List<?> range)
          || range.size() < 3
          || !(range.get(0) instanceof Long first)
          || !(range.get(1) instanceof Long last)
          || first < 0
          || last >= owners.length) {
        return Optional.empty();
      }
      Optional<HostAndPort> primary = node(asked, range.get(2));
      for (long slot = first; primary.isPresent() && slot <= last; slot++) {
        owners[(int) slot] = primary.get();
      }
      primary.ifPresent(primaries::add);
      range.subList(2, range.size()).forEach(node -> node(asked, node).ifPresent(nodes::add));
    }
    return primaries.isEmpty()
        ? Optional.empty()
        : Optional.of(new SlotMap(owners, List.copyOf(primaries), Set.copyOf(nodes)));
  }

  /** Reads host and port; empty if the node's address is not known. */
  private static Optional<HostAndPort> node(HostAndPort asked, @Nullable Object node) {
    if (node instanceof List<?> parts
        && parts.size() >= 2
        && parts.get(1) instanceof Long port
        && port > 0
        && port <= 65535) {
      String host =
          parts.get(0) instanceof byte[] name ? new String(name, StandardCharsets.UTF_8) : "";
      return host.equals("?")
          ? Optional.empty()
          : Optional.of(from(asked, new HostAndPort(host, port.intValue())));
    }
    return Optional.empty();
  }

  /** Returns where a node sends its caller: an address without a host is on its own one. */
  static HostAndPort from(HostAndPort sender, HostAndPort named) {
    return named.getHost().isEmpty() ? new HostAndPort(sender.getHost(), named.getPort()) : named;
  }

  /** Returns the primary of a slot; empty if no node has it. */
  Optional<HostAndPort> owner(int slot) {
    return Optional.ofNullable(owners[slot]);
  }

  /** Returns the nodes that have slots, at least one. */
  List<HostAndPort> primaries() {
    return primaries;
  }

  /** Returns all nodes, replicas too. */
  Set<HostAndPort> nodes() {
    return nodes;
  }
}
