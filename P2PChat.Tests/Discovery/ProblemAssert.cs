using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace P2PChat.Tests.Discovery;

/// <summary>Asserts on problem details.</summary>
public static class ProblemAssert
{
    /// <returns>The problem's members.</returns>
    public static async Task<JsonElement> IsAsync(HttpStatusCode status, string type, HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == response.StatusCode, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(type, problem.GetProperty("type").GetString());
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.False(string.IsNullOrWhiteSpace(problem.GetProperty("title").GetString()));
        Assert.False(string.IsNullOrWhiteSpace(problem.GetProperty("detail").GetString()));
        return problem;
    }
}
