package io.doorward.auth.redis.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;

class SlotMapTest {
  private static final HostAndPort ASKED = new HostAndPort("asked", 7000);

  private static List<Object> range(long first, long last, Object... nodes) {
    Object[] all = new Object[nodes.length + 2];
    all[0] = first;
    all[1] = last;
    System.arraycopy(nodes, 0, all, 2, nodes.length);
    return Arrays.asList(all);
  }

  private static List<Object> node(String host, long port) {
    byte[] name = host == null ? null : host.getBytes(StandardCharsets.UTF_8);
    return Arrays.asList(name, port, "id".getBytes(StandardCharsets.UTF_8), List.of());
  }

  private static SlotMap map(Object... ranges) {
    return SlotMap.parse(ASKED, List.of(ranges)).orElseThrow();
  }

  @Test
  void thePrimaryIsTheFirstOfARange() {
    SlotMap map = map(range(0, 99, node("a", 1), node("b", 2)), range(200, 16383, node("b", 3)));

    assertThat(map.owner(0)).contains(new HostAndPort("a", 1));
    assertThat(map.owner(99)).contains(new HostAndPort("a", 1));
    assertThat(map.owner(100)).isEmpty();
    assertThat(map.owner(16383)).contains(new HostAndPort("b", 3));
    assertThat(map.primaries()).containsExactly(new HostAndPort("a", 1), new HostAndPort("b", 3));
    assertThat(map.nodes()).hasSize(3);
  }

  @Test
  void aNodeThatLeavesItsHostOutIsOnTheHostThatWasAsked() {
    assertThat(map(range(0, 1, node(null, 1))).owner(0)).contains(new HostAndPort("asked", 1));
    assertThat(map(range(0, 1, node("", 1))).owner(0)).contains(new HostAndPort("asked", 1));
    assertThat(SlotMap.from(ASKED, new HostAndPort("", 5))).isEqualTo(new HostAndPort("asked", 5));
  }

  @Test
  void aNodeWhoseHostIsNotKnownIsNone() {
    SlotMap map = map(range(0, 1, node("?", 1)), range(2, 3, node("a", 1), node("?", 2)));

    assertThat(map.owner(0)).isEmpty();
    assertThat(map.nodes()).containsOnly(new HostAndPort("a", 1));
  }

  @Test
  void whatIsNoMapIsNone() {
    for (Object answer :
        Arrays.asList(
            null,
            "OK",
            List.of(),
            List.of("x"),
            List.of(range(0, 1)),
            List.of(range(-1, 1, node("a", 1))),
            List.of(range(0, 16384, node("a", 1))),
            List.of(range(0, 1, node("a", 0))),
            List.of(range(0, 1, node("a", 65536))),
            List.of(range(0, 1, node("?", 1))),
            List.of(List.of(1L, "2", node("a", 1))))) {
      assertThat(SlotMap.parse(ASKED, answer)).as("%s", answer).isEmpty();
    }
  }
}
