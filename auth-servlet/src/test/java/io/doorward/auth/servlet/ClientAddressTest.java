package io.doorward.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.net.InetAddress;
import java.util.AbstractList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom a request is from, when proxies say so, and when clients pretend to be proxies. */
class ClientAddressTest {
  private static final List<AddressBlock> PROXIES =
      Stream.of("10.0.0.0/8", "192.0.2.1", "2001:db8:1::/48").map(AddressBlock::parse).toList();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "203.0.113.9 | 1.2.3.4                          | 203.0.113.9",
        "203.0.113.9 |                                  | 203.0.113.9",
        "10.0.0.1    |                                  | 10.0.0.1",
        "10.0.0.1    | 1.2.3.4                          | 1.2.3.4",
        "10.0.0.1    | 6.6.6.6, 1.2.3.4                 | 1.2.3.4",
        "10.0.0.1    | 10.9.9.9, 1.2.3.4                | 1.2.3.4",
        "10.0.0.1    | 6.6.6.6, 1.2.3.4, 10.0.0.2       | 1.2.3.4",
        "10.0.0.1    | 6.6.6.6, 1.2.3.4 ; 10.0.0.2      | 1.2.3.4",
        "10.0.0.1    | 6.6.6.6 ; 1.2.3.4                | 1.2.3.4",
        "10.0.0.1    | 10.0.0.3, 10.0.0.2               | 10.0.0.3",
        "10.0.0.1    | 1.2.3.4:5678                     | 1.2.3.4",
        "10.0.0.1    | [2001:db8::1]:5678               | 2001:db8::1",
        "10.0.0.1    | 2001:db8::1                      | 2001:db8::1",
        "10.0.0.1    | ::ffff:1.2.3.4                   | 1.2.3.4",
        "10.0.0.1    | 1.2.3.4, unknown                 | 10.0.0.1",
        "10.0.0.1    | 1.2.3.4,                         | 10.0.0.1",
        "10.0.0.1    | 1.2.3.4, localhost               | 10.0.0.1",
        "10.0.0.1    | 1.2.3.4, 010.1.1.1               | 10.0.0.1",
        "10.0.0.1    | 1.2.3.4, 1.2.3                   | 10.0.0.1",
        "10.0.0.1    | 1.2.3.4, 16909060                | 10.0.0.1",
        "10.0.0.1    | 1.2.3.4, 1.2.3.256               | 10.0.0.1",
        "192.0.2.1   | 1.2.3.4                          | 1.2.3.4",
        "192.0.2.2   | 1.2.3.4                          | 192.0.2.2",
        "2001:db8:1:ffff::1 | 1.2.3.4                   | 1.2.3.4",
        "2001:db8:2::1      | 1.2.3.4                   | 2001:db8:2::1",
      })
  void theListIsPeeledFromItsRightEnd(String peer, String header, String client) throws Exception {
    assertThat(find(ProxyHeader.X_FORWARDED_FOR, peer, header))
        .isEqualTo(InetAddress.getByName(client));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "203.0.113.9 | for=1.2.3.4                              | 203.0.113.9",
        "10.0.0.1    | for=1.2.3.4                              | 1.2.3.4",
        "10.0.0.1    | For=1.2.3.4                              | 1.2.3.4",
        "10.0.0.1    | for=\"1.2.3.4\"                          | 1.2.3.4",
        "10.0.0.1    | for=\"1.2.3.4:80\"                       | 1.2.3.4",
        "10.0.0.1    | for=\"[2001:db8::1]:80\"                 | 2001:db8::1",
        "10.0.0.1    | for=6.6.6.6, for=1.2.3.4                 | 1.2.3.4",
        "10.0.0.1    | for=6.6.6.6, for=1.2.3.4, for=10.0.0.2   | 1.2.3.4",
        "10.0.0.1    | by=10.0.0.1, for=1.2.3.4                 | 1.2.3.4",
        "10.0.0.1    | for=\"6.6.6.6, for=9.9.9.9\", for=1.2.3.4 | 1.2.3.4",
        "10.0.0.1    | for=1.2.3.4, by=10.0.0.1                 | 10.0.0.1",
        "10.0.0.1    | for=1.2.3.4, for=_hidden                 | 10.0.0.1",
        "10.0.0.1    | for=1.2.3.4, for=unknown                 | 10.0.0.1",
        "10.0.0.1    | for=\"6.6.6.6, for=1.2.3.4               | 10.0.0.1",
        "10.0.0.1    | for=1.2.3.4 for=5.6.7.8                  | 10.0.0.1",
        "10.0.0.1    | 1.2.3.4                                  | 10.0.0.1",
      })
  void theStandardHeaderIsReadTheSameWay(String peer, String header, String client)
      throws Exception {
    assertThat(find(ProxyHeader.FORWARDED, peer, header)).isEqualTo(InetAddress.getByName(client));
  }

  @ParameterizedTest
  @EnumSource(ProxyHeader.class)
  void aHeaderOfAStrangerIsNotEvenLookedAt(ProxyHeader header) throws Exception {
    List<String> untouchable =
        new AbstractList<>() {
          @Override
          public String get(int index) {
            throw new AssertionError("parsed");
          }

          @Override
          public int size() {
            return 3;
          }
        };
    InetAddress stranger = InetAddress.getByName("203.0.113.9");
    assertThat(new ClientAddress(header, PROXIES).find(stranger, untouchable)).isEqualTo(stranger);
  }

  @Test
  void whatStandsBeforeAStrangersEntryIsNotLookedAt() throws Exception {
    List<String> lines =
        new AbstractList<>() {
          @Override
          public String get(int index) {
            return index == 0 ? fail("parsed") : "1.2.3.4";
          }

          @Override
          public int size() {
            return 2;
          }
        };
    assertThat(
            new ClientAddress(ProxyHeader.X_FORWARDED_FOR, PROXIES)
                .find(InetAddress.getByName("10.0.0.1"), lines))
        .isEqualTo(InetAddress.getByName("1.2.3.4"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "proxy.example",
        "10.0.0.0/33",
        "10.0.0.1/8",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0.0/08",
        "10.0.0/8",
        "2001:db8::/129",
        "::g",
        "10.0.0.0/8/8",
        "1.2.3.4.",
        " 10.0.0.1"
      })
  void aProxyThatIsNoAddressIsRefusedWhenOptionsAreBuilt(String network) {
    WebOptions.Builder builder =
        WebOptions.builder().trustedProxies(ProxyHeader.X_FORWARDED_FOR, network);
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("trustedProxies must be");
  }

  private static InetAddress find(ProxyHeader header, String peer, String lines) throws Exception {
    List<String> values = lines == null ? List.of() : List.of(lines.split(" ; "));
    return new ClientAddress(header, PROXIES).find(InetAddress.getByName(peer), values);
  }
}
