namespace P2PChat.Tests.Network;

/// <summary>The nftables rules of a router, whose interfaces are <c>wan</c> and <c>lan</c>.</summary>
internal static class RouterRules
{
    // The router must drop early packets of the other side: an answer, or an entry for them in the connection table,
    // takes the port away from the mapping.
    private const string Input = """
        chain input {
          type filter hook input priority filter
          iifname wan ct state new drop
        }
        """;

    // The key of the map is what an inbound packet must match to be let in.
    private static string Cone(string type, string outbound, string inbound) =>
        $$"""
            map inside {
              type inet_proto . inet_service{{type}} : ipv4_addr . inet_service
              flags dynamic,timeout
              timeout 10m
              size 65535
            }
            chain prerouting {
              type nat hook prerouting priority dstnat
              iifname wan dnat ip to meta l4proto . th dport{{inbound}} map @inside
            }
            chain postrouting {
              type nat hook postrouting priority srcnat
              oifname wan update @inside { meta l4proto . th sport{{outbound}} : ip saddr . th sport } masquerade
            }
            """;

    public static string For(Nat nat) =>
        $$"""
            flush ruleset
            table inet filter {
              {{Input}}
              chain forward {
                type filter hook forward priority filter
                policy drop
                ct state established,related accept
                ct status dnat accept
                iifname lan {{Outbound(nat)}} accept
                {{(nat == Nat.OpenIpv6 ? "accept" : "")}}
              }
            }
            table ip nat {
              {{Translation(nat)}}
            }
            """;

    private static string Outbound(Nat nat) => nat == Nat.HttpsOnly ? "tcp dport 443" : "";

    private static string Translation(Nat nat) =>
        nat switch
        {
            Nat.FullCone => Cone("", "", ""),
            Nat.AddressRestricted => Cone(" . ipv4_addr", " . ip daddr", " . ip saddr"),
            Nat.PortRestricted or Nat.HttpsOnly => Masquerade("masquerade"),
            Nat.Symmetric => Masquerade("masquerade fully-random"),
            _ => "",
        };

    private static string Masquerade(string verdict) =>
        $$"""
            chain postrouting {
              type nat hook postrouting priority srcnat
              oifname wan {{verdict}}
            }
            """;
}
