import Encoding
import Testing

@Suite struct QueryStringTests {
    @Test func `parameters keep their order, and plus signs are spaces`() {
        let query = QueryString("b=1+2&a=%2B%3D&b=3&&c&d=x=y")
        #expect(query.parameters.map(\.name) == ["b", "a", "b", "c", "d"])
        #expect(query.parameters.map(\.value) == ["1 2", "+=", "3", "", "x=y"])
        #expect(query["b"] == "1 2" && query["c"] == "" && query["e"] == nil)
        #expect(query.text == "b=1+2&a=%2B%3D&b=3&&c&d=x=y")
        #expect(QueryString("").parameters.isEmpty)
    }
}
