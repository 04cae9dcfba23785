using P2PChat.Node.Storage;
using P2PChat.Node.Storage.Search;
using P2PChat.Peer.Web.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Node.Storage.Search;

/// <summary>Search hits and marks in each language. The store and the page use one rule.</summary>
public sealed class SearchTests : IDisposable
{
    private readonly StoreMemory _database = new(PeerId.FromHash(new byte[PeerId.Size]));

    public void Dispose() => _database.Dispose();

    // A text, a query, and the text with [hits] marked; without marks if it is not found.
    public static TheoryData<string, string, string> Languages =>
        new()
        {
            // English and code
            { "Shall we meet at Half-past nine?", "half past", "Shall we meet at [Half]-[past] nine?" },
            { "Shall we meet at Half-past nine?", "half-past", "Shall we meet at [Half-past] nine?" },
            { "Shall we meet", "hall", "Shall we meet" },
            { "two words, and Words", "two wor", "[two] [words], and [Words]" },
            { "snake_case2 x", "case2", "snake_[case2] x" },
            { "ﬁne Ｗｉｄｅ 𝗯𝗼𝗹𝗱", "fine wide bold", "[ﬁne] [Ｗｉｄｅ] [𝗯𝗼𝗹𝗱]" },
            { "m² and 5㎏", "m2", "[m²] and 5㎏" },
            { "soft\u00ADhyphen", "softhyphen", "[soft\u00ADhyphen]" },
            // Chinese
            { "我们明天在火车站见面", "火车站", "我们明天在[火车站]见面" },
            { "我们明天在火车站见面", "车站 明天", "我们[明天]在火[车站]见面" },
            { "我们明天在火车站见面", "面", "我们明天在火车站见[面]" },
            { "我们明天在火车站见面", "火站", "我们明天在火车站见面" },
            { "我们明天在火车站见面", "天明", "我们明天在火车站见面" },
            { "请学习C言語2024年", "c言語 2024年", "请学习[C言語][2024年]" },
            { "𠮷野家で", "𠮷野", "[𠮷野]家で" },
            // Japanese
            { "東京タワーへ行きました", "タワー", "東京[タワー]へ行きました" },
            { "東京タワーへ行きました", "行き", "東京タワーへ[行き]ました" },
            { "カ\u3099レージ", "ガレージ", "[カ\u3099レージ]" },
            { "ｶﾞﾚｰｼﾞ", "ガレージ", "[ｶﾞﾚｰｼﾞ]" },
            { "かぎ", "がき", "かぎ" },
            { "かばん", "か", "[か]ばん" },
            { "がん", "か", "がん" },
            // Korean
            { "내일 서울역에서 만나요", "서울", "내일 [서울]역에서 만나요" },
            { "내일 서울역에서 만나요", "서울역 내일", "[내일] [서울역]에서 만나요" },
            { "\u1109\u1165\u110B\u116E\u11AF역", "서울", "[\u1109\u1165\u110B\u116E\u11AF]역" },
            // Thai, Lao, Khmer, Burmese
            { "พรุ่งนี้เจอกันที่สถานีรถไฟ", "สถานี", "พรุ่งนี้เจอกันที่[สถานี]รถไฟ" },
            { "พรุ่งนี้เจอกันที่สถานีรถไฟ", "สถาน", "พรุ่งนี้เจอกันที่[สถาน]ีรถไฟ" },
            { "พรุ่งนี้เจอกันที่สถานีรถไฟ", "สถานา", "พรุ่งนี้เจอกันที่สถานีรถไฟ" },
            { "ดื่มน้ำ", "น\u0E4D\u0E49\u0E32", "ดื่ม[น้ำ]" },
            { "ພາສາລາວ", "ລາວ", "ພາສາ[ລາວ]" },
            { "ភាសាខ្មែរ", "ខ្មែរ", "ភាសា[ខ្មែរ]" },
            { "မြန်မာစာ", "စာ", "မြန်မာ[စာ]" },
            // Composed and decomposed, with one accent and with two
            { "café", "cafe\u0301", "[café]" },
            { "cafe\u0301 noir", "café", "[cafe\u0301] noir" },
            { "cafe\u0301 noir", "cafe noir", "[cafe\u0301] [noir]" },
            { "tiếng Việt", "tiê\u0301ng việt", "[tiếng] [Việt]" },
            { "tie\u0302\u0301ng Vie\u0323\u0302t", "tieng viet", "[tie\u0302\u0301ng] [Vie\u0323\u0302t]" },
            { "tiếng Việt", "TIENG VIE", "[tiếng] [Việt]" },
            { "Äpfel und Straße", "apfel STRASSE", "[Äpfel] und [Straße]" },
            { "Łódź, İstanbul, ISPARTA", "lodz istanbul ısparta", "[Łódź], [İstanbul], [ISPARTA]" },
            { "ΟΔΥΣΣΕΥΣ", "Οδυσσεύς", "[ΟΔΥΣΣΕΥΣ]" },
            // Russian: ё is е with dots, й is a separate letter
            { "Ёлка", "елка", "[Ёлка]" },
            { "мой дом", "мои", "мой дом" },
            { "мои\u0306 дом", "мой дом", "[мои\u0306] [дом]" },
            // Hindi, Tamil
            { "मुझे किताब दो", "किताब", "मुझे [किताब] दो" },
            { "मुझे किताब दो", "कताब", "मुझे किताब दो" },
            { "दिन", "दीन", "दिन" },
            { "क़लम", "क\u093Cलम", "[क़लम]" },
            { "என் வீடு", "வீடு", "என் [வீடு]" },
            // Arabic, Persian, Hebrew
            { "السَّلامُ عليكم", "السلام", "[السَّلامُ] عليكم" },
            { "السلام عليكم", "السَّلامُ عَلَيكُم", "[السلام] [عليكم]" },
            { "سلـــام", "سلام", "[سلـــام]" },
            { "أهلا وسهلا", "اهلا", "[أهلا] وسهلا" },
            { "می‌خواهم", "میخواهم", "[می‌خواهم]" },
            { "عام ٢٠٢٤", "عام 2024", "[عام] [٢٠٢٤]" },
            { "שָׁלוֹם", "שלום", "[שָׁלוֹם]" },
            // Empty queries
            { "one", "* ' - 、 🎉", "one" },
            { "one \"two\" NEAR(three)", "\"one NEAR* two", "[one] \"[two]\" [NEAR](three)" },
        };

    [Theory]
    [MemberData(nameof(Languages))]
    public void Search_in_each_language_finds_and_marks_by_one_rule(string text, string words, string marked)
    {
        var messages = Store(text, "other");

        var found = messages.Search(words, null, 10).Messages.Select(message => message.Text);

        Assert.Equal(marked, Marked(text, words));
        Assert.Equal(marked == text ? [] : [text], found);
    }

    [Fact]
    public void Hit_in_a_long_text_without_spaces_is_in_its_excerpt()
    {
        var text = $"{new string('前', 5000)}火车站{new string('后', 5000)}";

        Assert.Contains(Excerpt.Of(text, "火车站"), part => part is { IsMatch: true, Text: "火车站" });
        Assert.InRange(Excerpt.Of(text, "火车站").Sum(part => part.Text.Length), 100, 240);
    }

    [Fact]
    public void Folding_again_changes_nothing()
    {
        var text = new SearchText();
        foreach (var words in Languages.Select(row => (string)row[0]))
        {
            text.Read(words);
            var once = text.Tokens.Where(token => !token.IsUnspaced).Select(text.TextOf).ToList();
            text.Read(string.Join(' ', once));
            Assert.Equal(once, text.Tokens.Select(text.TextOf));
        }
    }

    private static string Marked(string text, string words) =>
        string.Concat(Excerpt.Of(text, words).Select(part => part.IsMatch ? $"[{part.Text}]" : part.Text));

    private MessageTable Store(params string[] texts)
    {
        using var connection = _database.Connect();
        StoreSchema.Execute(
            connection,
            "INSERT INTO peers (id, peer_id, username, epoch) VALUES (1, randomblob(32), 'bob', 1);"
        );
        foreach (var text in texts)
        {
            using var command = connection.Command(
                "INSERT INTO messages (peer, outgoing, id, epoch, sequence, sent_at, state, text) VALUES (1, "
                    + "0, randomblob(16), 1, 1, 1, 4, $text)",
                ("$text", text)
            );
            _ = command.ExecuteNonQuery();
        }

        using var words = new SearchIndexer(connection);
        Assert.False(words.IndexSome());
        return new MessageTable(_database, Username.Parse("alice"));
    }
}
